package table_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-74198975/rsclip/inference/table"
)

// FuzzRead reads files of any bytes, whole and without their embeddings.
func FuzzRead(f *testing.F) {
	path := filepath.Join(f.TempDir(), "shard.parquet")
	if err := table.Write(path, rows(3), table.Metadata{Model: "tiny", Dimensions: 3, Run: "r"}); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[len(data)/2:])
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "shard.parquet")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		read := 0
		m, err := table.Read(path, func(some []table.Row) error {
			for _, r := range some {
				_ = len(r.ID) + len(r.Embedding)
			}
			read += len(some)
			return nil
		})
		_, tiles, tilesErr := table.ReadTiles(path)
		if err == nil && (tilesErr == nil && len(tiles) != read || m.Dimensions < 0) {
			t.Errorf("%d rows, %d tiles of %d dimensions", read, len(tiles), m.Dimensions)
		}
	})
}

// FuzzForeign reads files of any bytes as those that others made.
func FuzzForeign(f *testing.F) {
	known, _ := foreignTables(f)
	for _, name := range known.Good {
		data, err := os.ReadFile(foreignFile(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for name := range known.Bad {
		data, err := os.ReadFile(foreignFile(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "table.parquet")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		checkForeign(t, path)
	})
}

// FuzzWKB reads geometries of any bytes. What is read can be written as JSON.
func FuzzWKB(f *testing.F) {
	f.Add([]byte{1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x40})
	f.Add([]byte{1, 7, 0, 0, 0, 0, 0, 0, 0})
	f.Add(table.Polygon([][2]float64{{0, 0}, {1, 0}, {1, 1}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, box, err := table.ParseWKB(data)
		if err != nil {
			return
		}
		if _, err := json.Marshal(g); err != nil && box != nil {
			t.Errorf("%+v: %v", g, err)
		}
	})
}
