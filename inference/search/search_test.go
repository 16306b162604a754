package search_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/inference/scan"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

const dimensions = 16

// made is an index of tiles one degree wide, on a grid of 20 x 20, in three files, of
// which one is in a folder of a part.
func made(t *testing.T) (*search.Index, []table.Row) {
	t.Helper()
	folder := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	var all []table.Row
	for i := range 400 {
		v := make([]float32, dimensions)
		var square float64
		for j := range v {
			v[j] = float32(random.NormFloat64())
			square += float64(v[j]) * float64(v[j])
		}
		for j := range v {
			v[j] /= float32(math.Sqrt(square))
		}
		x, y := float64(i%20), float64(i/20)
		corners := [][2]float64{{x, y}, {x + 1, y}, {x + 1, y + 1}, {x, y + 1}}
		taken, cloud, properties := int64(i)*86_400_000, float64(i%100), fmt.Sprintf(`{"platform": "s2%c", "odd": %v}`, 'a'+i%2, i%2 == 1)
		row := table.Row{Embedding: v, Tile: table.Tile{ID: fmt.Sprint("t", i), Source: fmt.Sprint("scene-", i/100, ".tif"), BBox: table.Bounds(corners), Geometry: table.Polygon(corners), PixelBBox: table.Window{X: int32(i), Width: 10, Height: 10}}}
		if i != 7 { // One tile of which nothing is known.
			row.Datetime, row.CloudCover, row.Properties = &taken, &cloud, &properties
		}
		all = append(all, row)
	}
	for n, part := range [][]table.Row{all[:150], all[150:151], all[151:]} {
		name := filepath.Join(folder, fmt.Sprintf("shard-%06d", n))
		if n == 1 {
			name = filepath.Join(folder, "part-3-of-4", "shard-000000")
			if err := os.Mkdir(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		var vectors [][]float32
		for _, r := range part {
			vectors = append(vectors, r.Embedding)
		}
		if err := errors.Join(scan.Write(name+".vectors", vectors), table.Write(name+".parquet", part, table.Metadata{Model: "tiny", ModelSHA256: "abc", Dimensions: dimensions, Run: "r", Rows: len(part)})); err != nil {
			t.Fatal(err)
		}
	}
	x, err := search.Open(folder, "abc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	if _, err := search.Open(folder, "def"); err == nil || !strings.Contains(err.Error(), "abc") || !strings.Contains(err.Error(), "def") {
		t.Errorf("an index of another model: %v", err)
	}
	return x, all
}

func cosine(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}

// TestSearch compares with sorting all tiles that a plain function allows.
func TestSearch(t *testing.T) {
	t.Parallel()
	x, all := made(t)
	number := func(r table.Row) int { var n int; _, _ = fmt.Sscanf(r.ID, "t%d", &n); return n }
	for name, tt := range map[string]struct {
		filter  string
		allowed func(table.Row) bool
	}{
		"all":                   {`{}`, func(table.Row) bool { return true }},
		"one tile":              {`{"bbox": [3.2, 5.2, 3.4, 5.4]}`, func(r table.Row) bool { return number(r) == 5*20+3 }},
		"a box":                 {`{"bbox": [3.5, 5.5, 6.5, 7.5]}`, func(r table.Row) bool { n := number(r); return n%20 >= 3 && n%20 <= 6 && n/20 >= 5 && n/20 <= 7 }},
		"over the antimeridian": {`{"bbox": [18.5, 0, 0.5, 90]}`, func(r table.Row) bool { n := number(r) % 20; return n >= 18 || n == 0 }},
		"a turn to the west":    {`{"bbox": [-356.5, 5.5, -353.5, 7.5]}`, func(r table.Row) bool { n := number(r); return n%20 >= 3 && n%20 <= 6 && n/20 >= 5 && n/20 <= 7 }},
		"a turn to the east":    {`{"intersects": {"type": "Polygon", "coordinates": [[[360.5, 0.5], [362.4, 0.5], [360.5, 2.4], [360.5, 0.5]]]}}`, func(r table.Row) bool { return slices.Contains([]int{0, 1, 2, 20, 21, 40}, number(r)) }},
		"a triangle":            {`{"intersects": {"type": "Polygon", "coordinates": [[[0.5, 0.5], [2.4, 0.5], [0.5, 2.4], [0.5, 0.5]]]}}`, func(r table.Row) bool { return slices.Contains([]int{0, 1, 2, 20, 21, 40}, number(r)) }},
		"a hole":                {`{"intersects": {"type": "Polygon", "coordinates": [[[-1, -1], [30, -1], [30, 30], [-1, 30], [-1, -1]], [[1.5, 1.5], [18.5, 1.5], [18.5, 18.5], [1.5, 18.5], [1.5, 1.5]]]}}`, func(r table.Row) bool { n := number(r); return n%20 < 2 || n%20 > 17 || n/20 < 2 || n/20 > 17 }},
		"inside a tile":         {`{"intersects": {"type": "MultiPolygon", "coordinates": [[[[0.2, 0.2], [0.4, 0.2], [0.4, 0.4], [0.2, 0.2]]], [[[9.2, 9.2], [9.4, 9.2], [9.4, 9.4], [9.2, 9.2]]]]}}`, func(r table.Row) bool { return number(r) == 0 || number(r) == 9*20+9 }},
		"a day":                 {`{"datetime": "1970-01-03T00:00:00Z"}`, func(r table.Row) bool { return number(r) == 2 }},
		"an open interval":      {`{"datetime": "1971-01-31T00:00:00Z/.."}`, func(r table.Row) bool { return number(r) >= 395 }},
		"clouds":                {`{"cql2": {"op": "<", "args": [{"property": "cloud_cover"}, 3]}}`, func(r table.Row) bool { n := number(r); return n%100 < 3 }},
		"not clouds":            {`{"cql2": {"op": "not", "args": [{"op": ">=", "args": [{"property": "eo:cloud_cover"}, 3]}]}}`, func(r table.Row) bool { n := number(r); return n%100 < 3 && n != 7 }},
		"and, or, in":           {`{"cql2": {"op": "and", "args": [{"op": "or", "args": [{"op": "=", "args": [{"property": "platform"}, "s2a"]}, {"op": "=", "args": [{"property": "odd"}, true]}]}, {"op": "in", "args": [{"property": "id"}, ["t1", "t2", "none"]]}]}}`, func(r table.Row) bool { return number(r) == 1 || number(r) == 2 }},
		"between, like":         {`{"cql2": {"op": "and", "args": [{"op": "between", "args": [{"property": "datetime"}, {"timestamp": "1970-01-01T00:00:00Z"}, {"date": "1970-06-01"}]}, {"op": "like", "args": [{"property": "source"}, "scene-_.%"]}]}}`, func(r table.Row) bool { n := number(r); return n <= 151 && n != 7 }},
		"null":                  {`{"cql2": {"op": "isNull", "args": [{"property": "platform"}]}}`, func(r table.Row) bool { return number(r) == 7 }},
		"other kinds":           {`{"cql2": {"op": "<", "args": [{"property": "platform"}, 3]}}`, func(table.Row) bool { return false }},
		"nothing":               {`{"bbox": null, "intersects": null, "cql2": null}`, func(table.Row) bool { return true }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var filter search.Filter
			if err := json.Unmarshal([]byte(tt.filter), &filter); err != nil {
				t.Fatal(err)
			}
			query := all[42].Embedding
			var want []table.Row
			for _, r := range all {
				if tt.allowed(r) {
					want = append(want, r)
				}
			}
			slices.SortStableFunc(want, func(a, b table.Row) int {
				return -compareFloats(cosine(query, a.Embedding), cosine(query, b.Embedding))
			})
			for _, k := range []int{1, 10, 1000} {
				hits, allowed, err := x.Search(context.Background(), search.Query{Vector: query, Filter: filter, TopK: k, Overlap: 1, MinSimilarity: -1})
				if err != nil {
					t.Fatal(err)
				}
				if allowed != len(want) || len(hits) != min(k, len(want)) {
					t.Fatalf("%d allowed, %d hits, want %d, %d", allowed, len(hits), len(want), min(k, len(want)))
				}
				for i, hit := range hits {
					if hit.ID != want[i].ID || math.Abs(hit.Similarity-cosine(query, want[i].Embedding)) > 1e-6 {
						t.Fatalf("hit %d is %s with %v, want %s", i, hit.ID, hit.Similarity, want[i].ID)
					}
				}
			}
		})
	}
}

func compareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func TestPagesAndBounds(t *testing.T) {
	t.Parallel()
	x, all := made(t)
	query := all[3].Embedding
	whole, _, err := x.Search(context.Background(), search.Query{Vector: query, TopK: 50, Overlap: 1, MinSimilarity: -1})
	if err != nil {
		t.Fatal(err)
	}
	for offset := 0; offset < 50; offset += 10 {
		page, _, err := x.Search(context.Background(), search.Query{Vector: query, TopK: 10, Offset: offset, Overlap: 1, MinSimilarity: -1})
		if err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(page, whole[offset:offset+10]) {
			t.Errorf("the page at %d is another part", offset)
		}
	}
	near, _, err := x.Search(context.Background(), search.Query{Vector: query, TopK: 50, Overlap: 1, MinSimilarity: whole[4].Similarity})
	if err != nil || len(near) != 5 {
		t.Errorf("%d hits are as near as the fifth, %v", len(near), err)
	}
	for _, f := range []string{
		`{"bbox": [1, 2, 3]}`, `{"bbox": [0, 80, 1, -80]}`, `{"intersects": {"type": "Point"}}`, `{"intersects": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}}`,
		`{"intersects": {"type": "Polygon", "coordinates": [[[0, 0], [null, 0], [1, 1], [0, 0]]]}}`, `{"intersects": {"type": "Polygon", "coordinates": [[[0], [1, 0], [1, 1], [0]]]}}`,
		`{"intersects": {"type": "Polygon", "coordinates": [[[10, 95], [11, 95], [11, 96], [10, 95]]]}}`, `{"intersects": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}}`,
		`{"intersects": {"type": "Polygon", "coordinates": "x"}}`, `{"datetime": "yesterday"}`, `{"datetime": "2024-01-02T00:00:00Z/2024-01-01T00:00:00Z"}`, `{"datetime": "../../.."}`,
		`{"cql2": 7}`, `{"cql2": {"op": "near", "args": [1, 2]}}`, `{"cql2": {"op": "<", "args": [1]}}`, `{"cql2": {"op": "=", "args": [{"x": 1}, 2]}}`, `{"cql2": {"op": "and", "args": []}}`,
		`{"cql2": ` + strings.Repeat(`{"op": "not", "args": [`, 50) + `true` + strings.Repeat(`]}`, 50) + `}`,
	} {
		var filter search.Filter
		if err := json.Unmarshal([]byte(f), &filter); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		_, _, err := x.Search(context.Background(), search.Query{Vector: query, Filter: filter, TopK: 1, Overlap: 1})
		var refused *search.FilterError
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// TestOverlap keeps the best of tiles that cover each other.
func TestOverlap(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var rows []table.Row
	for i, x := range []float64{0, 0.1, 0.2, 0.9, 5} {
		corners := [][2]float64{{x, 0}, {x + 1, 0}, {x + 1, 1}, {x, 1}}
		rows = append(rows, table.Row{Embedding: []float32{1, float32(i) / 10}, Tile: table.Tile{ID: fmt.Sprint(i), Source: "s", BBox: table.Bounds(corners)}})
	}
	vectors := [][]float32{}
	for _, r := range rows {
		vectors = append(vectors, r.Embedding)
	}
	name := filepath.Join(folder, "shard-000000")
	if err := errors.Join(scan.Write(name+".vectors", vectors), table.Write(name+".parquet", rows, table.Metadata{Dimensions: 2})); err != nil {
		t.Fatal(err)
	}
	x, err := search.Open(folder, "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = x.Close() }()
	for share, want := range map[float64]string{1: "4 3 2 1 0", 0.85: "4 3 2 0", 0.5: "4 3 2", 0: "4 3"} {
		hits, _, err := x.Search(context.Background(), search.Query{Vector: []float32{0, 1}, TopK: 5, Overlap: share, MinSimilarity: -1})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range hits {
			got = append(got, h.ID)
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("with at most %v: %s, want %s", share, g, want)
		}
	}
}

func TestCombine(t *testing.T) {
	t.Parallel()
	v, err := search.Combine([][]float32{{1, 0, 0}, {0, 1, 0}}, [][]float32{{0, 0, 1}})
	if err != nil || math.Abs(cosine(v, v)-1) > 1e-6 || v[0] != v[1] || v[2] >= 0 {
		t.Errorf("%v, %v", v, err)
	}
	if _, err := search.Combine(nil, [][]float32{{1}}); err == nil {
		t.Error("nothing is looked for")
	}
	if _, err := search.Combine([][]float32{{1}}, [][]float32{{1}}); err == nil {
		t.Error("the same is wanted and not")
	}
}

// FuzzFilter reads filters of any JSON.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{`{"bbox": [0, 0, 1, 1]}`, `{"cql2": {"op": "<", "args": [{"property": "x"}, 3]}}`, `{"intersects": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}`, `{"datetime": "2024-01-01T00:00:00Z/.."}`} {
		f.Add([]byte(seed))
	}
	folder := f.TempDir()
	name := filepath.Join(folder, "shard-000000")
	rows := []table.Row{{Embedding: []float32{1, 0}, Tile: table.Tile{ID: "a", BBox: &table.BBox{XMax: 1, YMax: 1}}}}
	if err := errors.Join(scan.Write(name+".vectors", [][]float32{{1, 0}}), table.Write(name+".parquet", rows, table.Metadata{Dimensions: 2})); err != nil {
		f.Fatal(err)
	}
	x, err := search.Open(folder, "")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var filter search.Filter
		if json.Unmarshal(data, &filter) != nil {
			return
		}
		_, _, err := x.Search(context.Background(), search.Query{Vector: []float32{1, 0}, Filter: filter, TopK: 1, Overlap: 1, MinSimilarity: -1})
		var refused *search.FilterError
		if err != nil && !errors.As(err, &refused) {
			t.Error(err)
		}
	})
}
