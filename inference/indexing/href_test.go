package indexing_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/indexing"
)

// TestHrefs has what STAC items say of where their assets are, and what is read then.
func TestHrefs(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for _, name := range []string{"there.tif", "a b.tif", "100%25.tif", "#1?.tif"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const self = "https://example.com/c/items/1?token=x"
	for _, tt := range []struct{ name, href, self, want string }{
		{"a file URL", "file:///scenes/1.tif", "", "/scenes/1.tif"},
		{"a file URL of this machine", "file://localhost/scenes/1.tif", "", "/scenes/1.tif"},
		{"a file URL in capitals", "FILE:///scenes/1.tif", "", "/scenes/1.tif"},
		{"a short file URL", "file:/scenes/1.tif", "", "/scenes/1.tif"},
		{"a file URL with a space", "file:///scenes/a%20b%C3%BC.tif", "", "/scenes/a bü.tif"},
		{"a file URL that is a path", "file://" + folder + "/#1?.tif", "", folder + "/#1?.tif"},
		{"a file URL of another machine", "file://server/scenes/1.tif", "", "is not of this machine"},
		{"a file URL without a path", "file://scenes", "", "is not of this machine"},
		{"a relative file URL", "file:1.tif", "", "has no whole path"},
		{"an address", "https://example.com/1%20.tif", self, "https://example.com/1%20.tif"},
		{"a file beside it", "./there.tif", "", folder + "/there.tif"},
		{"a file beside it, of a copied catalog", "./there.tif", self, folder + "/there.tif"},
		{"a space", "./a%20b.tif", "", folder + "/a b.tif"},
		{"a percent sign", "100%25.tif", "", folder + "/100%25.tif"},
		{"no file beside it", "gone.tif", "", folder + "/gone.tif"},
		{"beside the self link", "./2/gone.tif", self, "https://example.com/c/items/2/gone.tif"},
		{"above the self link", "../gone%20.tif?sig=a%2Fb", self, "https://example.com/c/gone%20.tif?sig=a%2Fb"},
		{"at the self link's host", "/gone.tif", self, "https://example.com/gone.tif"},
		{"a self link to a file", "../gone%20.tif", "file:///c/items/1.json", "/c/gone .tif"},
		{"a self link that is relative", "gone.tif", "./1.json", folder + "/gone.tif"},
		{"another scheme", "s3://bucket/1.tif", self, "s3://bucket/1.tif"},
	} {
		item, err := json.Marshal(map[string]any{
			"type": "Feature", "assets": map[string]any{"visual": map[string]string{"href": tt.href}},
			"links": []any{map[string]any{"rel": "root", "href": "https://example.org/"}, map[string]any{"rel": "self", "href": tt.self, "method": "GET"}, 7},
		})
		if err != nil {
			t.Fatal(err)
		}
		sources, err := indexing.Items{Asset: "visual"}.Read(filepath.Join(folder, "item.json"), strings.NewReader(string(item)))
		switch {
		case err != nil && (strings.HasPrefix(tt.want, "/") || !strings.Contains(err.Error(), tt.want)), err == nil && sources[0].Name != tt.want:
			t.Errorf("%s: %+v, %v, want %s", tt.name, sources, err, tt.want)
		}
	}
}

// TestListedFileURLs reads lists as programs write them.
func TestListedFileURLs(t *testing.T) {
	t.Parallel()
	sources, err := indexing.Sources("-", strings.NewReader("1.tif\nfile:///scenes/a%20b.tif\nhttps://example.com/1.tif\n"))
	if err != nil || len(sources) != 3 || sources[0].Name != "1.tif" || sources[1].Name != "/scenes/a b.tif" || sources[2].Name != "https://example.com/1.tif" {
		t.Errorf("%+v, %v", sources, err)
	}
	if _, err := indexing.Sources("-", strings.NewReader("1.tif\n\nfile://server/1.tif\n")); err == nil || !strings.HasPrefix(err.Error(), "line 3 of standard input: \"file://server/1.tif\" is not of this machine") {
		t.Errorf("%v", err)
	}
}
