package table_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/inference/table"
)

// TestOpenTiles looks at the tiles of a table by its file of tiles, and without it.
func TestOpenTiles(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 600} {
		path := filepath.Join(t.TempDir(), "shard.parquet")
		want := rows(n)
		slices.Reverse(want) // Ids are in no order.
		if err := table.Write(path, want, table.Metadata{Model: "tiny", Dimensions: 3}); err != nil {
			t.Fatal(err)
		}
		check := func(how string) {
			m, tiles, err := table.OpenTiles(path)
			if err != nil {
				t.Fatalf("%s: %v", how, err)
			}
			if m.Model != "tiny" || tiles.Len() != n {
				t.Errorf("%s: %d tiles of %s, want %d", how, tiles.Len(), m.Model, n)
			}
			var kept []*table.Tile
			var view table.View // Of one tile after another, as a scan has it.
			for row := range n {
				if d := cmp.Diff(&want[row].Tile, tiles.Read(row, &view)); d != "" {
					t.Fatalf("%s: tile %d (-want +got):\n%s", how, row, d)
				}
				if found, ok := tiles.Find(want[row].ID); !ok || found != row {
					t.Errorf("%s: %s is found in row %d, %v, want %d", how, want[row].ID, found, ok, row)
				}
				kept = append(kept, view.Clone())
			}
			if _, ok := tiles.Find("tile"); ok {
				t.Errorf("%s: there is no such id, and it is found", how)
			}
			if err := tiles.Close(); err != nil {
				t.Fatal(err)
			}
			for row, tile := range kept {
				if d := cmp.Diff(&want[row].Tile, tile); d != "" {
					t.Fatalf("%s: the copy of tile %d (-want +got):\n%s", how, row, d)
				}
			}
		}
		check("mapped")
		if err := os.Remove(table.TilesName(path)); err != nil {
			t.Fatal(err)
		}
		check("read")
	}
}

// TestOpenTilesRefuses has files of tiles that are not what their tables say.
func TestOpenTilesRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path, other := filepath.Join(folder, "shard.parquet"), filepath.Join(folder, "other.parquet")
	for name, n := range map[string]int{path: 3, other: 4} {
		if err := table.Write(name, rows(n), table.Metadata{Dimensions: 3}); err != nil {
			t.Fatal(err)
		}
	}
	good, err := os.ReadFile(table.TilesName(path))
	if err != nil {
		t.Fatal(err)
	}
	others, err := os.ReadFile(table.TilesName(other))
	if err != nil {
		t.Fatal(err)
	}
	changed := slices.Clone(good)
	changed[len(changed)/2] ^= 1
	for name, data := range map[string][]byte{"nothing": nil, "cut off": good[:len(good)-1], "changed": changed, "of another table": others} {
		if err := os.WriteFile(table.TilesName(path), data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := table.OpenTiles(path); err == nil || !strings.Contains(err.Error(), "makes it anew") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
