package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/engine"
	"github.com/seed-74198975/rsclip/inference/scan"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

// Tiles of the tests are 1.1 degrees wide, a degree from each other, in rows around the
// earth.
const (
	dimensions = 32
	around     = 360
	modelHash  = "5ad1e5ad1e5ad1e5ad1e"
)

// made is an index of so many tiles, in a folder that can be sent to an engine.
func made(t *testing.T, n int) (folder string, x *search.Index, all []table.Row) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		v := make([]float32, dimensions)
		for j := range v {
			v[j] = float32(random.NormFloat64())
		}
		all = append(all, rowOf(i, normalized(v)))
	}
	folder = written(t, all)
	x, err := search.Open(folder, modelHash)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return folder, x, all
}

// written is a folder of an index of these tiles.
func written(t *testing.T, all []table.Row) (folder string) {
	t.Helper()
	folder = t.TempDir()
	vectors := make([][]float32, len(all))
	for i, r := range all {
		vectors[i] = r.Embedding
	}
	name := filepath.Join(folder, "shard-000000")
	m := table.Metadata{Model: "tiny", ModelSHA256: modelHash, Preprocessing: "plain", Dimensions: dimensions, Run: "r", Rows: len(all)}
	if err := errors.Join(scan.Write(name+".vectors", vectors), table.Write(name+".parquet", all, m)); err != nil {
		t.Fatal(err)
	}
	return folder
}

func normalized(v []float32) []float32 {
	var square float64
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(square))
	}
	return v
}

func rowOf(i int, v []float32) table.Row {
	x, y := -180+float64(i%around), -60+float64(i/around)
	corners := [][2]float64{{x, y}, {x + 1.1, y}, {x + 1.1, y + 1.1}, {x, y + 1.1}}
	taken, cloud, gsd, cell := int64(i)*3_600_000-1e9, float64(i%100), 10.0, fmt.Sprint("cell ", i%7)
	properties := fmt.Sprintf(`{"platform": "s2%c", "odd": %v, "orbit": %d, "grid:code": "MGRS-%d", "none": null, "list": [1]}`, 'a'+i%2, i%2 == 1, i%50, i%20)
	row := table.Row{Embedding: v, Tile: table.Tile{ID: uuid.NewSHA1(uuid.Nil, fmt.Append(nil, i)).String(), Source: fmt.Sprint("ünder score_", i/100, ".tif"), PixelBBox: table.Window{X: int32(i), Width: 10, Height: 10}, Nodata: float64(i%10) / 10}}
	if i%1000 != 7 { // Of some nothing is known.
		row.BBox, row.Geometry = table.Bounds(corners), table.Polygon(corners)
		row.Datetime, row.CloudCover, row.GSD, row.GridCell, row.Properties = &taken, &cloud, &gsd, &cell, &properties
	}
	if i%50 == 3 { // The same name with another kind of value.
		other := `{"platform": 7, "orbit": "one hundred"}`
		row.Properties = &other
	}
	return row
}

// filters are what is compared, and whether each engine can tell how many tiles each
// allows.
var filters = []struct {
	name, filter string
	weaviate     bool
}{
	{"all", `{}`, true},
	{"one in a hundred", `{"bbox": [10.5, -59.5, 13.5, -45.5]}`, true},
	{"over the antimeridian", `{"bbox": [178.5, -90, -178.5, -50]}`, true},
	{"a turn to the east", `{"bbox": [350.5, -59.5, 353.5, -45.5]}`, true},
	{"a triangle", `{"intersects": {"type": "Polygon", "coordinates": [[[0.5, -59.5], [40.5, -59.5], [0.5, -40.5], [0.5, -59.5]]]}}`, false},
	{"a triangle over the antimeridian", `{"intersects": {"type": "Polygon", "coordinates": [[[170.5, -59.5], [190.5, -59.5], [170.5, -50.5], [170.5, -59.5]]]}}`, false},
	{"a hole", `{"intersects": {"type": "Polygon", "coordinates": [[[-170, -90], [170, -90], [170, 80], [-170, 80], [-170, -90]], [[-160, -85], [160, -85], [160, 75], [-160, 75], [-160, -85]]]}}`, false},
	{"a day", `{"datetime": "1970-01-03T00:00:00Z/1970-01-03T23:59:59Z"}`, true},
	{"since", `{"datetime": "1970-08-01T00:00:00Z/.."}`, true},
	{"ever", `{"datetime": "../.."}`, true},
	{"both", `{"bbox": [-100, -60, 100, -40], "datetime": "../1970-03-01T00:00:00Z", "cql2": {"op": "<", "args": [{"property": "cloud_cover"}, 20]}}`, true},
	{"clouds", `{"cql2": {"op": "<", "args": [{"property": "cloud_cover"}, 1]}}`, true},
	{"not clouds", `{"cql2": {"op": "not", "args": [{"op": ">=", "args": [{"property": "eo:cloud_cover"}, 1]}]}}`, true},
	{"the other way round", `{"cql2": {"op": ">", "args": [1, {"property": "cloud_cover"}]}}`, true},
	{"and, or, in", `{"cql2": {"op": "and", "args": [{"op": "or", "args": [{"op": "=", "args": [{"property": "platform"}, "s2a"]}, {"op": "=", "args": [{"property": "odd"}, true]}]}, {"op": "in", "args": [{"property": "orbit"}, [1, 2, 30]]}]}}`, true},
	{"not a property", `{"cql2": {"op": "not", "args": [{"op": "=", "args": [{"property": "platform"}, "s2a"]}]}}`, true},
	{"another property", `{"cql2": {"op": "<>", "args": [{"property": "platform"}, "s2a"]}}`, true},
	{"not another property", `{"cql2": {"op": "not", "args": [{"op": "<>", "args": [{"property": "orbit"}, 4]}]}}`, true},
	{"a property's order", `{"cql2": {"op": "<", "args": [{"property": "orbit"}, 2]}}`, false},
	{"not a property's order", `{"cql2": {"op": "not", "args": [{"op": "<", "args": [{"property": "orbit"}, 48]}]}}`, false},
	{"order of texts", `{"cql2": {"op": ">", "args": [{"property": "grid_cell"}, "cell 5"]}}`, false},
	{"another text", `{"cql2": {"op": "<>", "args": [{"property": "grid_cell"}, "cell 5"]}}`, true},
	{"not a text", `{"cql2": {"op": "not", "args": [{"op": "=", "args": [{"property": "grid_cell"}, "cell 5"]}]}}`, true},
	{"like", `{"cql2": {"op": "like", "args": [{"property": "source"}, "ünder_score\\_1%"]}}`, false},
	{"like, with a backslash at the end", `{"cql2": {"op": "like", "args": [{"property": "source"}, "%\\"]}}`, false},
	{"like, too", `{"cql2": {"op": "like", "args": [{"property": "source"}, "_nder score_1_.t%"]}}`, false},
	{"not like", `{"cql2": {"op": "not", "args": [{"op": "like", "args": [{"property": "source"}, "%1%"]}]}}`, false},
	{"like a property", `{"cql2": {"op": "like", "args": [{"property": "grid:code"}, "MGRS-1_"]}}`, false},
	{"null", `{"cql2": {"op": "isNull", "args": [{"property": "platform"}]}}`, true},
	{"a null", `{"cql2": {"op": "isNull", "args": [{"property": "none"}]}}`, true},
	{"not null", `{"cql2": {"op": "not", "args": [{"op": "isNull", "args": [{"property": "list"}]}]}}`, true},
	{"a column is null", `{"cql2": {"op": "isNull", "args": [{"property": "cloud_cover"}]}}`, true},
	{"no id is null", `{"cql2": {"op": "isNull", "args": [{"property": "id"}]}}`, false},
	{"other kinds", `{"cql2": {"op": "=", "args": [{"property": "platform"}, 7]}}`, true},
	{"not other kinds", `{"cql2": {"op": "not", "args": [{"op": "=", "args": [{"property": "platform"}, 8]}]}}`, true},
	{"not between", `{"cql2": {"op": "not", "args": [{"op": "between", "args": [{"property": "cloud_cover"}, 1, 99]}]}}`, true},
	{"not a moment", `{"cql2": {"op": "not", "args": [{"op": "<", "args": [{"property": "datetime"}, {"timestamp": "1970-08-01T00:00:00Z"}]}]}}`, true},
	{"not in", `{"cql2": {"op": "not", "args": [{"op": "in", "args": [{"property": "platform"}, ["s2a", "s2c"]]}]}}`, true},
	{"not and", `{"cql2": {"op": "not", "args": [{"op": "and", "args": [{"op": "=", "args": [{"property": "odd"}, true]}, {"op": ">=", "args": [{"property": "nodata"}, 0.1]}]}]}}`, true},
	{"not or", `{"cql2": {"op": "not", "args": [{"op": "or", "args": [{"op": "=", "args": [{"property": "odd"}, true]}, {"op": ">=", "args": [{"property": "gsd"}, 11]}]}]}}`, true},
	{"not what nobody has", `{"cql2": {"op": "not", "args": [{"op": "=", "args": [{"property": "cluod"}, 1]}]}}`, true},
	{"unknown or true", `{"cql2": {"op": "or", "args": [{"op": "not", "args": [{"op": "=", "args": [{"property": "cluod"}, 1]}]}, {"op": "isNull", "args": [{"property": "gsd"}]}]}}`, true},
	{"twice not", `{"cql2": {"op": "not", "args": [{"op": "not", "args": [{"op": "<", "args": [{"property": "cloud_cover"}, 2]}]}]}}`, true},
	{"two columns", `{"cql2": {"op": "<", "args": [{"property": "cloud_cover"}, {"property": "nodata"}]}}`, false},
	{"some of it", `{"cql2": {"op": "or", "args": [{"op": "<", "args": [{"property": "orbit"}, 1]}, {"op": "<", "args": [{"property": "cloud_cover"}, 1]}]}}`, false},
	{"times", `{"cql2": {"op": "between", "args": [{"property": "datetime"}, {"timestamp": "1970-01-05T00:00:00Z"}, {"date": "1970-01-09"}]}}`, true},
	{"a quote", `{"cql2": {"op": "=", "args": [{"property": "it's \"quoted\""}, "'; --"]}}`, true},
	{"an id", `{"cql2": {"op": "in", "args": [{"property": "id"}, ["00000000-0000-0000-0000-000000000000", "` + uuid.NewSHA1(uuid.Nil, []byte("42")).String() + `"]]}}`, true},
}

// sameAnswers compares an engine with the exact search of the same tiles: at least 98 in
// 100 of the first ten, over all filters, and the same numbers.
func sameAnswers(t *testing.T, e search.Engine, x *search.Index, all []table.Row, exact func(name string, weaviate bool) bool) {
	t.Helper()
	wanted, found := 0, 0
	for _, f := range filters {
		var filter search.Filter
		if err := json.Unmarshal([]byte(f.filter), &filter); err != nil {
			t.Fatal(err)
		}
		for n, q := range []search.Query{
			{TopK: 10, Overlap: 1, MinSimilarity: -1},
			{TopK: 10, Offset: 20, Overlap: 0.05, MinSimilarity: -1},
			{TopK: 100, Overlap: 1, MinSimilarity: 0.4},
		} {
			q.Filter, q.Vector = filter, all[(11*len(f.name)+n)%len(all)].Embedding
			want, allowed, err := x.Search(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			got, told, err := e.Search(context.Background(), q)
			if err != nil {
				t.Fatalf("%s: %v", f.name, err)
			}
			if !exact(f.name, f.weaviate) {
				allowed = -1
			}
			if told != allowed {
				t.Errorf("%s: %d tiles are allowed, want %d", f.name, told, allowed)
			}
			if len(got) != len(want) {
				t.Errorf("%s, %d: %d hits, want %d", f.name, n, len(got), len(want))
			}
			wanted, found = wanted+len(want), found+shared(t, f.name, want, got)
		}
	}
	t.Logf("recall %.4f of %d hits", float64(found)/float64(wanted), wanted)
	if float64(found) < 0.98*float64(wanted) {
		t.Errorf("%d of %d hits were found", found, wanted)
	}
}

// shared counts the hits that two answers have in common, which must say the same.
func shared(t *testing.T, name string, want, got []search.Hit) (n int) {
	t.Helper()
	byID := map[string]search.Hit{}
	for _, h := range want {
		byID[h.ID] = h
	}
	for i, h := range got {
		if i > 0 && h.Similarity > got[i-1].Similarity {
			t.Errorf("%s: hit %d is better than the one before", name, i)
		}
		w, ok := byID[h.ID]
		if !ok {
			continue
		}
		n++
		if math.Abs(w.Similarity-h.Similarity) > 1e-5 {
			t.Errorf("%s: %s has a similarity of %v, want %v", name, h.ID, h.Similarity, w.Similarity)
		}
		sameTile(t, w.Tile, h.Tile)
	}
	return n
}

// sameTile compares tiles. Properties are the same as JSON.
func sameTile(t *testing.T, want, got *table.Tile) {
	t.Helper()
	text := func(tile table.Tile) string {
		properties := search.Properties(&tile)
		tile.Properties = nil
		data, err := json.Marshal([]any{tile, properties})
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if a, b := text(*want), text(*got); a != b {
		t.Errorf("the tile is %s, want %s", b, a)
	}
}

// filled sends tiles to an engine, breaks off once, goes on, and sends them again.
func filled(t *testing.T, place engine.Place, folder string, all []table.Row) search.Remote {
	t.Helper()
	open := func() search.Remote {
		e, err := place.Open(modelHash)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		return e
	}
	e := open()
	var failed *search.EngineError
	if _, _, err := e.Search(t.Context(), search.Query{Vector: all[0].Embedding, TopK: 1}); !errors.As(err, &failed) || !failed.Unavailable {
		t.Errorf("a search before there are tiles: %v", err)
	}
	paths, err := search.Tables(folder)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := search.Fill(ctx, e, paths, func(search.Filled) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	// Go on by a process that knows nothing.
	e = open()
	done, err := search.Fill(t.Context(), e, paths, nil)
	if err != nil {
		t.Fatal(err)
	}
	if done.Tiles != len(all) || done.New >= len(all) || done.New == 0 {
		t.Errorf("going on: %+v of %d", done, len(all))
	}
	if done, err := search.Fill(t.Context(), e, paths, nil); err != nil || done.New != 0 || done.Tiles != len(all) {
		t.Errorf("again: %+v, %v", done, err)
	}
	m, err := table.ReadMetadata(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	if done, err := search.FillForeign(t.Context(), e, &table.Foreign{Model: m}, paths, nil); err != nil || done.New != 0 || done.Tiles != len(all) {
		t.Errorf("as tables that others made: %+v, %v", done, err)
	}
	return e
}

// pagesAndTiles asks for pages beyond what an engine answers at once, and for tiles by
// their ids.
func pagesAndTiles(t *testing.T, e search.Engine, x *search.Index, all []table.Row) {
	t.Helper()
	q := search.Query{Vector: all[5].Embedding, TopK: 10_000, Offset: len(all) - 300, Overlap: 1, MinSimilarity: -1}
	want, _, err := x.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := e.Search(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if n := shared(t, "the last page", want, got); len(got) != len(want) || n < len(want)*98/100 {
		t.Errorf("the last page has %d hits, %d of them right, want %d", len(got), n, len(want))
	}
	for _, i := range []int{0, 7, 42} {
		tile, v, err := e.Tile(t.Context(), all[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		sameTile(t, &all[i].Tile, tile)
		for j := range v {
			if len(v) != dimensions || math.Abs(float64(v[j]-all[i].Embedding[j])) > 1e-6 {
				t.Fatalf("the embedding of %d is %v, want %v", i, v, all[i].Embedding)
			}
		}
	}
	for _, id := range []string{uuid.Nil.String(), "none", "", "a/../b?c#d", "\x00", "\xff"} {
		if _, _, err := e.Tile(t.Context(), id); !errors.Is(err, search.ErrNoTile) {
			t.Errorf("the tile %q: %v", id, err)
		}
	}
}

// together fills a collection by four jobs that begin and end at the same time.
func together(t *testing.T, place engine.Place) {
	t.Helper()
	place.Collection = "filled_together"
	folder, _, all := made(t, 400)
	paths, err := search.Tables(folder)
	if err != nil {
		t.Fatal(err)
	}
	var jobs errgroup.Group
	for range 4 {
		e, err := place.Open(modelHash)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		jobs.Go(func() error {
			_, err := search.Fill(t.Context(), e, paths, nil)
			return err
		})
	}
	if err := jobs.Wait(); err != nil {
		t.Fatal(err)
	}
	e, err := place.Open(modelHash)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	if _, told, err := e.Search(t.Context(), search.Query{Vector: all[0].Embedding, TopK: 1, Overlap: 1}); err != nil || told != len(all) {
		t.Errorf("there are %d tiles, want %d: %v", told, len(all), err)
	}
}

// changed puts another embedding in the place of one, and refuses other models.
func changed(t *testing.T, e search.Remote, place engine.Place, all []table.Row) {
	t.Helper()
	folder := t.TempDir()
	write := func(m table.Metadata) string {
		path := filepath.Join(folder, "changed.parquet")
		row := all[3]
		row.Embedding = normalized(append([]float32{100}, row.Embedding[1:]...))
		m.Dimensions = dimensions
		if err := table.Write(path, []table.Row{row}, m); err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := write(table.Metadata{Model: "tiny", ModelSHA256: modelHash, Preprocessing: "plain"})
	if done, err := search.Fill(t.Context(), e, []string{path}, nil); err != nil || done.New != 1 {
		t.Errorf("a tile that has changed: %+v, %v", done, err)
	}
	if _, v, err := e.Tile(t.Context(), all[3].ID); err != nil || v[0] < 0.9 {
		t.Errorf("the tile that has changed: %v, %v", v, err)
	}
	_, told, err := e.Search(t.Context(), search.Query{Vector: all[0].Embedding, TopK: 1, Overlap: 1})
	if err != nil || told != len(all) {
		t.Errorf("there are %d tiles, want %d: %v", told, len(all), err)
	}
	for name, m := range map[string]table.Metadata{
		"another model":         {Model: "other", ModelSHA256: "0ther", Preprocessing: "plain"},
		"another preprocessing": {Model: "tiny", ModelSHA256: modelHash, Preprocessing: "fancy"},
	} {
		if _, err := search.Fill(t.Context(), e, []string{write(m)}, nil); err == nil || !strings.Contains(err.Error(), "name another collection") {
			t.Errorf("%s: %v", name, err)
		}
	}
	other, err := place.Open("0ther")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if err := other.Check(t.Context(), "0ther"); err == nil || !strings.Contains(err.Error(), modelHash) || !strings.Contains(err.Error(), "0ther") {
		t.Errorf("served with another model: %v", err)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"weaviate://host": true, "weaviate://host:1234": true, "weaviate://a:1,b:2,c": true, "weaviates://[::1]:1/": true, "postgres://u:p@host:5432/db?sslmode=require": true, "postgresql:///db": true,
		"": false, "host": false, "http://host": false, "weaviate://": false, "weaviate://host/path": false, "weaviate://a,,b": false, "weaviate://user@host": false, "postgres://host:port/": false,
		"weaviate://host:0": false, "weaviate://host:99999": false, "postgres://host:99999/db": false, "postgres://a:1,b:2/db": true, "postgres://[::1]:5/db": true, "mysql://host": false,
	} {
		if err := (engine.Place{Address: address}).Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
	for name, ok := range map[string]bool{"a": true, "Rsclip_2": true, "": true, "_a": false, "a-b": false, `a"; drop table b`: false, strings.Repeat("a", 42): false} {
		if err := (engine.Place{Address: "weaviate://host", Collection: name}).Validate(); (err == nil) != ok {
			t.Errorf("the collection %q: %v", name, err)
		}
	}
}

// TestConditionsAreNoStricter writes each filter in a language of Go: what it lets
// through has all tiles that are wanted, and if it is exact no others.
func TestConditionsAreNoStricter(t *testing.T) {
	t.Parallel()
	_, _, all := made(t, 3000)
	type holds = func(*table.Tile) bool
	column := func(c search.Condition, tile *table.Tile) any {
		if b := tile.BBox; b != nil {
			switch c.Column {
			case "xmin":
				return b.XMin
			case "xmax":
				return b.XMax
			case "ymin":
				return b.YMin
			case "ymax":
				return b.YMax
			}
		}
		return nil
	}
	boxes := search.Dialect[holds]{
		And: func(all []holds) holds {
			return func(tile *table.Tile) bool { return !slices.ContainsFunc(all, func(h holds) bool { return !h(tile) }) }
		},
		Or: func(all []holds) holds {
			return func(tile *table.Tile) bool { return slices.ContainsFunc(all, func(h holds) bool { return h(tile) }) }
		},
		// It knows boxes, and nothing else.
		Leaf: func(c search.Condition, negated bool) (holds, bool) {
			limit, _ := c.Value.(float64)
			return func(tile *table.Tile) bool {
				v, ok := column(c, tile).(float64)
				return negated != (ok && (c.Op == "<=" && v <= limit || c.Op == ">=" && v >= limit))
			}, strings.HasSuffix(c.Column, "min") || strings.HasSuffix(c.Column, "max")
		},
	}
	for _, f := range filters {
		var filter search.Filter
		if err := json.Unmarshal([]byte(f.filter), &filter); err != nil {
			t.Fatal(err)
		}
		w, err := filter.Read()
		if err != nil {
			t.Fatal(err)
		}
		asked := boxes.Write(w.Condition)
		through, wanted := 0, 0
		for i := range all {
			tile := &all[i].Tile
			let := asked.Any || !asked.No && asked.What(tile)
			want := w.Holds == nil || w.Holds(tile)
			if want && !let || asked.Exact && let != want {
				t.Errorf("%s: tile %d is let through: %v, want %v", f.name, i, let, want)
				break
			}
			if let {
				through++
			}
			if want {
				wanted++
			}
		}
		if strings.Contains(f.name, "triangle") && through > wanted*3/2+20 {
			t.Errorf("%s: the cover lets %d tiles through for %d", f.name, through, wanted)
		}
	}
}

func filtersByPolygon(name string) bool {
	return strings.Contains(name, "triangle") || name == "a hole"
}

func unavailable(err error) bool {
	var failed *search.EngineError
	return errors.As(err, &failed) && failed.Unavailable
}
