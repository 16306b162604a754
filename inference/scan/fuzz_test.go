package scan_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-74198975/rsclip/inference/scan"
)

// FuzzOpen opens files of any bytes, and searches those that can be opened.
func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "vectors")
	if err := scan.Write(path, [][]float32{{1, 2, 3}, {4, 5, 6}, {0, 0, 0}}); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:64])
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "vectors")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		table, err := scan.Open(path)
		if err != nil {
			return
		}
		defer func() { _ = table.Close() }()
		query := make([]float32, table.Dimensions())
		for i := range query {
			query[i] = float32(i%7) - 3
		}
		scanner, err := scan.NewScanner(table)
		if err != nil {
			t.Fatal(err)
		}
		hits, err := nearest(t.Context(), scanner, query, 2, nil)
		if err != nil || len(hits) > 2 {
			t.Errorf("%d hits, %v", len(hits), err)
		}
		for _, hit := range hits {
			if len(scanner.Row(hit.Row)) != table.Dimensions() {
				t.Errorf("row %d has %d numbers", hit.Row, len(scanner.Row(hit.Row)))
			}
		}
	})
}
