package engine_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-74198975/rsclip/inference/engine"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
	"github.com/seed-74198975/rsclip/internal/weaviate"
)

// TestWeaviate fills three nodes, compares their answers with the exact ones, and kills
// one under load.
func TestWeaviate(t *testing.T) {
	kill := weaviate.Start(t)
	address := "weaviate://" + strings.Join(weaviate.Nodes, ",")
	place := engine.Place{Address: address, Collection: "tiles_of_test"}
	folder, x, all := made(t, 6000)
	e := filled(t, place, folder, all)
	sameAnswers(t, e, x, all, func(_ string, exact bool) bool { return exact })
	pagesAndTiles(t, e, x, all)
	together(t, place)
	groupsAlike(t, engine.Place{Address: address, Collection: "alike_of_test"}, 40)
	killUnderLoad(t, e, x, all, func() { kill(2) })
	// The two that are left have every tile.
	for n := 0; n < len(all); n += 500 {
		ids := make([]string, 500)
		for i := range ids {
			ids[i] = all[n+i].ID
		}
		there, err := e.Digests(t.Context(), ids)
		if err != nil {
			t.Fatal(err)
		}
		if len(there) != len(ids) {
			t.Errorf("%d of the tiles from %d on are there, want %d", len(there), n, len(ids))
		}
	}
}

// groupsAlike has so many groups of tiles that are alike, as those of open sea, ice and sand are:
// a graph of neighbours can lose the way to a whole group, since all the neighbours of
// each are of the same group.
func groupsAlike(t *testing.T, place engine.Place, groups int) {
	t.Helper()
	const each = 150
	random := rand.New(rand.NewPCG(3, 4))
	var centres [][]float32
	var rows []table.Row
	for range groups {
		centre := make([]float32, dimensions)
		for j := range centre {
			centre[j] = float32(random.NormFloat64())
		}
		centres = append(centres, normalized(centre))
		for range each {
			v := slices.Clone(centre)
			for j := range v {
				v[j] += 1e-4 * float32(random.NormFloat64())
			}
			rows = append(rows, rowOf(len(rows), normalized(v)))
		}
	}
	e := filled(t, place, written(t, rows), rows)
	for i, centre := range centres {
		hits, _, err := e.Search(t.Context(), search.Query{Vector: centre, TopK: each, Overlap: 1, MinSimilarity: -1})
		if err != nil {
			t.Fatal(err)
		}
		if last := hits[len(hits)-1]; len(hits) != each || last.Similarity < 0.999 {
			t.Errorf("group %d: %d hits, the last with similarity %v; want all %d of the group, which have 1", i, len(hits), last.Similarity, each)
		}
	}
}

// killUnderLoad searches narrow boxes, whose answers are exact, before, while and after
// a node is killed: all must be answered rightly.
func killUnderLoad(t *testing.T, e search.Engine, x *search.Index, all []table.Row, kill func()) {
	t.Helper()
	const searchers, before, after = 4, 25, 100
	var ready, done sync.WaitGroup
	killed := make(chan struct{})
	ready.Add(searchers)
	for s := range searchers {
		done.Go(func() {
			for n := range before + after {
				if n == before {
					ready.Done()
					if s == 0 {
						ready.Wait()
						kill()
						close(killed)
					}
				}
				i := (s*(before+after) + n) * 7 % len(all)
				answerRightly(t, e, x, all[i], s*1000+n)
			}
			<-killed
		})
	}
	done.Wait()
}

func answerRightly(t *testing.T, e search.Engine, x *search.Index, like table.Row, n int) {
	var filter search.Filter
	west, south := n%350-180, -60+n%15
	if err := json.Unmarshal(fmt.Appendf(nil, `{"bbox": [%d.5, %d.5, %d.5, %d.5]}`, west, south, west+8, south+8), &filter); err != nil {
		t.Error(err)
		return
	}
	q := search.Query{Vector: like.Embedding, Filter: filter, TopK: 10, Overlap: 1, MinSimilarity: -1}
	want, wantAllowed, err := x.Search(t.Context(), q)
	if err != nil {
		t.Error(err)
		return
	}
	got, allowed, err := e.Search(t.Context(), q)
	if err != nil {
		t.Errorf("search %d: %v", n, err)
		return
	}
	if allowed != wantAllowed || len(got) != len(want) {
		t.Errorf("search %d: %d hits of %d, want %d of %d", n, len(got), allowed, len(want), wantAllowed)
		return
	}
	for i := range got {
		if got[i].ID != want[i].ID || math.Abs(got[i].Similarity-want[i].Similarity) > 1e-5 {
			t.Errorf("search %d: hit %d is %s with %v, want %s with %v", n, i, got[i].ID, got[i].Similarity, want[i].ID, want[i].Similarity)
		}
	}
}
