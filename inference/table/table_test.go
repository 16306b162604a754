package table_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/inference/table"
)

func rows(n int) []table.Row {
	out := make([]table.Row, n)
	for i := range out {
		x := float64(i) / 10
		corners := [][2]float64{{x, 1}, {x + 1, 1}, {x + 1, 0}, {x, 0}}
		out[i] = table.Row{Tile: table.Tile{ID: fmt.Sprint("tile-", i), Source: "scene.tif", PixelBBox: table.Window{X: int32(i), Width: 256, Height: 256}, Nodata: 0.25}, Embedding: []float32{float32(i), 1, 2}}
		if i%2 == 0 {
			taken, gsd, cell, cloud, properties := int64(1700000000000), 10.0, "1U_2R", 12.5, `{"a":1}`
			out[i].Datetime, out[i].GSD, out[i].GridCell, out[i].CloudCover, out[i].Properties = &taken, &gsd, &cell, &cloud, &properties
			out[i].Geometry, out[i].BBox = table.Polygon(corners), table.Bounds(corners)
		}
	}
	return out
}

func TestWriteAndRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "shard.parquet")
	want, m := rows(600), table.Metadata{Model: "tiny", ModelSHA256: "ab", TileSide: 256, Overlap: 0.1, Dimensions: 3, Run: "r", Next: table.Cursor{Source: 3, Tile: 7}, Failures: []table.Failure{{Source: "x.tif", Error: "gone"}}}
	if err := table.Write(path, want, m); err != nil {
		t.Fatal(err)
	}
	var got []table.Row
	read, err := table.Read(path, func(some []table.Row) error { got = append(got, some...); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	m.TilesSHA256 = read.TilesSHA256
	if d := cmp.Diff(m, read); d != "" {
		t.Errorf("metadata (-want +got):\n%s", d)
	}
	_, tiles, err := table.ReadTiles(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, tile := range tiles {
		if d := cmp.Diff(want[i].Tile, tile); d != "" {
			t.Fatalf("tile %d (-want +got):\n%s", i, d)
		}
	}
	if len(tiles) != len(want) {
		t.Errorf("%d tiles, want %d", len(tiles), len(want))
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 2 {
		t.Errorf("there are %d files", len(files))
	}
}

// TestFailureAsJSON is a line of failures.jsonl, whose names are those of the table.
func TestFailureAsJSON(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(table.Failure{Source: "a.tif", Line: 3, Window: &table.Window{X: 1, Y: 2, Width: 3, Height: 4}, Error: "cut off"})
	if want := `{"source":"a.tif","line":3,"window":{"x":1,"y":2,"width":3,"height":4},"error":"cut off"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func TestWriteFailsWhole(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "taken")
	if err := os.MkdirAll(filepath.Join(path, "by a folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := table.Write(path, rows(3), table.Metadata{Dimensions: 3}); err == nil {
		t.Fatal("a folder was written over")
	}
	if files, _ := os.ReadDir(folder); len(files) != 2 {
		t.Errorf("there are %d files, want the folder alone", len(files))
	}
}
