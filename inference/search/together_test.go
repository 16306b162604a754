package search_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/inference/scan"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

// large is an index of some blocks in some files, of which the last has no tile.
func large(t *testing.T) *search.Index {
	t.Helper()
	folder := t.TempDir()
	random := rand.New(rand.NewPCG(3, 4))
	for n, count := range []int{9000, 1, 5000, 0} {
		var rows []table.Row
		var vectors [][]float32
		for i := range count {
			v := make([]float32, dimensions)
			for j := range v {
				v[j] = float32(random.NormFloat64()) / 4
			}
			x, y := float64(i%100), float64(i/200)
			corners := [][2]float64{{x, y}, {x + 2, y}, {x + 2, y + 2}, {x, y + 2}}
			cloud := float64(i % 100)
			rows = append(rows, table.Row{Embedding: v, Tile: table.Tile{ID: fmt.Sprint(n, "-", i), Source: "s", BBox: table.Bounds(corners), CloudCover: &cloud}})
			vectors = append(vectors, v)
		}
		name := filepath.Join(folder, fmt.Sprintf("shard-%06d", n))
		if err := errors.Join(scan.Write(name+".vectors", vectors), table.Write(name+".parquet", rows, table.Metadata{ModelSHA256: "abc", Dimensions: dimensions})); err != nil {
			t.Fatal(err)
		}
	}
	x, err := search.Open(folder, "abc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

// TestTogether asks for many things at the same time, of which some leave, and has the
// hits of each as if it were alone.
func TestTogether(t *testing.T) {
	t.Parallel()
	x := large(t)
	random := rand.New(rand.NewPCG(5, 6))
	var queries []search.Query
	for i := range 60 {
		q := search.Query{TopK: []int{1, 10, 100, 1000}[i%4], Offset: i % 3, Overlap: []float64{1, 0.05}[i/4%2], MinSimilarity: -1, Vector: make([]float32, dimensions)}
		for j := range q.Vector {
			q.Vector[j] = float32(random.NormFloat64())
		}
		filter := []string{`{}`, `{"bbox": [3.5, 5.5, 6.5, 7.5]}`, `{"cql2": {"op": "<", "args": [{"property": "cloud_cover"}, 50]}}`, `{"bbox": [150, 5.5, 160, 7.5]}`, `{"cql2": {"op": "=", "args": [{"property": "cloud_cover"}, 7]}}`}[i%5]
		if err := json.Unmarshal([]byte(filter), &q.Filter); err != nil {
			t.Fatal(err)
		}
		queries = append(queries, q)
	}
	type answer struct {
		hits    []search.Hit
		allowed int
	}
	alone := make([]answer, len(queries))
	for i, q := range queries {
		var err error
		if alone[i].hits, alone[i].allowed, err = x.Search(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	var scans sync.Map
	x.Observe = func(_ context.Context, s search.Scan) { scans.Store(s, true) }
	var group sync.WaitGroup
	for i, q := range queries {
		group.Go(func() {
			hits, allowed, err := x.Search(t.Context(), q)
			if err != nil || allowed != alone[i].allowed || !cmp.Equal(hits, alone[i].hits) {
				t.Errorf("query %d: %d hits of %d, %v; alone %d of %d", i, len(hits), allowed, err, len(alone[i].hits), alone[i].allowed)
			}
		})
		group.Go(func() {
			ctx, leave := context.WithCancel(t.Context())
			go leave()
			hits, _, err := x.Search(ctx, q)
			if err == nil && !cmp.Equal(hits, alone[i].hits) || err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("query %d, which may leave: %d hits, %v", i, len(hits), err)
			}
		})
	}
	group.Wait()
	scans.Range(func(key, _ any) bool {
		if s := key.(search.Scan); s.Queries < 1 || s.Queries > float64(2*len(queries)) {
			t.Errorf("%v queries have shared a scan", s.Queries)
		}
		return true
	})
}
