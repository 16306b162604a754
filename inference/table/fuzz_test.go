package table_test

import (
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
