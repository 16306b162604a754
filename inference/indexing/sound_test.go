package indexing_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/indexing"
)

// TestCheck flips a bit in each part of each file of an index. The check names the file,
// and the same run mends what is beside the table.
func TestCheck(t *testing.T) {
	t.Parallel()
	m, o := openModel(t), options(t)
	sources := []indexing.Source{scene("nodata.tif"), scene("uint8.tif"), scene("mask.tif")}
	run := func() error {
		_, err := indexing.Run(context.Background(), m, sources, o)
		return err
	}
	if err := run(); err != nil {
		t.Fatal(err)
	}
	want, err := indexing.Check(t.Context(), o.Out)
	if err != nil || want != len(rows(t, o.Out)) {
		t.Fatalf("%d tiles, %v", want, err)
	}
	for _, tt := range []struct {
		file string
		at   func(length int) int
		says string
	}{
		{"shard-000000.vectors", func(int) int { return 0 }, "its byte 0 is not what the table says"},
		{"shard-000000.vectors", func(int) int { return 66 }, "its byte 66 is not"}, // a scale
		{"shard-000001.vectors", func(n int) int { return n / 5 }, "it is damaged"}, // a code
		{"shard-000001.vectors", func(n int) int { return n - 2 }, "it is damaged"}, // a row
		{"shard-000001.tiles", func(n int) int { return n / 2 }, "not what its table says"},
		{"shard-000000.parquet", func(n int) int { return n / 2 }, "is broken"},
	} {
		path := filepath.Join(o.Out, tt.file)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		bad := slices.Clone(good)
		bad[tt.at(len(bad))] ^= 1
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := indexing.Check(t.Context(), o.Out); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "give the command of rsclip index") {
			t.Errorf("%s: %v, want %q", tt.file, err, tt.says)
		}
		if strings.HasSuffix(path, ".parquet") {
			if err := os.WriteFile(path, good, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := run(); err != nil {
			t.Errorf("%s: %v", tt.file, err)
		}
		if got, err := os.ReadFile(path); err != nil || !slices.Equal(got, good) {
			t.Errorf("%s is not what it was, %v", tt.file, err)
		}
	}
	if got, err := indexing.Check(t.Context(), o.Out); err != nil || got != want {
		t.Errorf("at the end: %d tiles, %v", got, err)
	}
	if _, err := indexing.Check(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "has no shard-*.parquet") {
		t.Errorf("an empty folder: %v", err)
	}
}
