package indexing_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/indexing"
)

// TestDistinct names files in all their forms.
func TestDistinct(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	for _, name := range []string{"a.tif", "b.tif", "sub/a.tif"} {
		if err := os.MkdirAll(filepath.Dir(path(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path(name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"link.tif": "a.tif", "again": ".", "loop": "loop", "nothing.tif": "gone.tif", "twice.tif": "link.tif"} {
		if err := os.Symlink(to, path(link)); err != nil {
			t.Fatal(err)
		}
	}
	working, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	relative, err := filepath.Rel(working, path("a.tif"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, want string
		named      []string
	}{
		{"different", "0 1 2", []string{path("a.tif"), path("b.tif"), path("sub/a.tif")}},
		{"the same", "0 2", []string{path("b.tif"), path("b.tif"), path("a.tif"), path("b.tif")}},
		{"another form", "0", []string{path("a.tif"), folder + "/./a.tif", folder + "//sub/../a.tif"}},
		{"relative", "0", []string{relative, path("a.tif"), "./" + relative}},
		{"links", "0 3", []string{path("link.tif"), path("a.tif"), path("twice.tif"), path("b.tif")}},
		{"a folder by a link", "0", []string{path("again/a.tif"), path("a.tif"), path("again/again/link.tif")}},
		{"links to nothing", "0 2 3", []string{path("nothing.tif"), path("nothing.tif"), path("loop"), path("loop/a.tif")}},
		{"not there", "0 1", []string{path("gone.tif"), path("gone/too.tif"), path("./gone.tif")}},
		{"addresses", "0 1 2", []string{"https://example.com/a.tif", "https://example.com/A.tif", "http://example.com/a.tif", "https://example.com/a.tif"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var sources []indexing.Source
			for i, name := range tt.named {
				sources = append(sources, indexing.Source{Name: name, Line: i})
			}
			var got []string
			for _, s := range indexing.Distinct(sources) {
				if got = append(got, fmt.Sprint(s.Line)); s.Name != tt.named[s.Line] {
					t.Errorf("%s has become %s", tt.named[s.Line], s.Name)
				}
			}
			if g := strings.Join(got, " "); g != tt.want {
				t.Errorf("%s are left, want %s", g, tt.want)
			}
		})
	}
	if all := indexing.Distinct([]indexing.Source{{Name: path("twice.tif")}, {Name: path("gone.tif")}, {Name: "https://example.com/a.tif"}}); all[0].Size != int64(len("a.tif")) || all[1].Size != 0 || all[2].Size != 0 {
		t.Errorf("sizes: %+v", all)
	}
}

// TestNamedAgain adds sources to an index that has them: no id may be there twice.
func TestNamedAgain(t *testing.T) {
	t.Parallel()
	m, o := openModel(t), options(t)
	first := []indexing.Source{scene("nodata.tif"), scene("uint8.tif")}
	absolute, err := filepath.Abs(first[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	more := []indexing.Source{first[0], first[1], first[1], {Name: absolute}, scene("mask.tif")}
	for _, sources := range [][]indexing.Source{first, more} {
		if _, err := indexing.Run(context.Background(), m, indexing.Distinct(sources), o); err != nil {
			t.Fatal(err)
		}
	}
	windows, ids := map[string]bool{}, map[string]bool{}
	all := rows(t, o.Out)
	for _, r := range all {
		windows[fmt.Sprint(filepath.Base(r.Source), r.PixelBBox)], ids[r.ID] = true, true
	}
	if len(windows) != len(all) || len(ids) != len(all) {
		t.Errorf("%d windows and %d ids of %d rows", len(windows), len(ids), len(all))
	}
}
