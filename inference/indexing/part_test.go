package indexing_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/seed-74198975/rsclip/inference/indexing"
)

func TestParsePart(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]indexing.Part{"": {}, "0/1": {Number: 0, Of: 1}, "3/4": {Number: 3, Of: 4}} {
		if got, err := indexing.ParsePart(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"4/4", "-1/4", "0/0", "1", "1/", "/4", "a/b", "1/4/2", "1/4x", "$(JOB_COMPLETION_INDEX)/4"} {
		if got, err := indexing.ParsePart(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// TestPartsAreTheWhole divides sources: each must be in one part, and what is added to
// the list must be at the end of its part.
func TestPartsAreTheWhole(t *testing.T) {
	t.Parallel()
	var all []indexing.Source
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		all = append(all, indexing.Source{Name: name})
	}
	seen := map[string]int{}
	for n := range 3 {
		p := indexing.Part{Number: n, Of: 3}
		whole, begun := p.Sources(all), p.Sources(all[:5])
		if !slices.Equal(whole[:len(begun)], begun) {
			t.Errorf("part %d is %v, and was %v", n, whole, begun)
		}
		for _, s := range whole {
			seen[s.Name]++
		}
	}
	for _, s := range all {
		if seen[s.Name] != 1 {
			t.Errorf("%s is in %d parts", s.Name, seen[s.Name])
		}
	}
	if got := (indexing.Part{Number: 5, Of: 9}).Sources(all[:2]); len(got) != 0 {
		t.Errorf("a part beyond the sources has %v", got)
	}
}

func TestPartFolder(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		there   string
		part    indexing.Part
		want    string
		refused bool
	}{
		"the first":             {"", indexing.Part{Number: 1, Of: 4}, "part-1-of-4", false},
		"beside another":        {"part-0-of-4/shard-000000.parquet", indexing.Part{Number: 1, Of: 4}, "part-1-of-4", false},
		"again":                 {"part-1-of-4/shard-000000.parquet", indexing.Part{Number: 1, Of: 4}, "part-1-of-4", false},
		"of another count":      {"part-0-of-4/shard-000000.parquet", indexing.Part{Number: 0, Of: 14}, "", true},
		"in a whole index":      {"shard-000000.parquet", indexing.Part{Number: 0, Of: 4}, "", true},
		"the whole":             {"shard-000000.parquet", indexing.Part{}, ".", false},
		"the whole among parts": {"part-0-of-4/shard-000000.parquet", indexing.Part{}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			index := t.TempDir()
			if tt.there != "" {
				path := filepath.Join(index, tt.there)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := tt.part.Folder(index)
			if (err != nil) != tt.refused || err == nil && got != filepath.Join(index, tt.want) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
