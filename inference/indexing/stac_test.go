package indexing_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/indexing"
)

func itemOf(n int) string {
	return fmt.Sprintf(`{"type": "Feature", "id": "%d", "properties": {"datetime": "2024-05-0%dT00:00:00Z"}, "assets": {"visual": {"href": "%d.tif"}}, "links": [{"rel": "self"}]}`, n, n, n)
}

// TestForms reads the same two items in every form.
func TestForms(t *testing.T) {
	t.Parallel()
	pretty := "{\n  \"type\": \"Feature\",\n  \"assets\": {\n    \"visual\": {\n      \"href\": \"1.tif\"\n    }\n  }\n}\n"
	for _, tt := range []struct{ name, text, want string }{
		{"lines", itemOf(1) + "\n" + itemOf(2) + "\n", "1 1.tif, 2 2.tif"},
		{"lines of Windows", "\ufeff" + itemOf(1) + "\r\n\r\n" + itemOf(2), "1 1.tif, 3 2.tif"},
		{"nothing between", itemOf(1) + itemOf(2), "1 1.tif, 1 2.tif"},
		{"on several lines", pretty + pretty, "1 1.tif, 9 1.tif"},
		{"a collection", `{"type": "FeatureCollection", "features": [` + itemOf(1) + "," + itemOf(2) + `]}`, "1 1.tif, 1 2.tif"},
		{"a collection with more", "{\"numberMatched\": 2, \"features\": [\n" + pretty + ",\n" + itemOf(2) + `], "links": [{"rel": "next"}], "type": "FeatureCollection"}`, "2 1.tif, 11 2.tif"},
		{"pages", "{\"features\": [" + itemOf(1) + "]}\n{\"features\": []}\n{\"features\": [" + itemOf(2) + "]}", "1 1.tif, 3 2.tif"},
		{"a list", "[" + itemOf(1) + ",\n" + itemOf(2) + "]", "1 1.tif, 2 2.tif"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sources, err := indexing.Items{Asset: "visual"}.Read("items", strings.NewReader(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range sources {
				got = append(got, fmt.Sprint(s.Line, " ", s.Name))
			}
			if g := strings.Join(got, ", "); g != tt.want {
				t.Errorf("%s, want %s", g, tt.want)
			}
		})
	}
}

// TestNoItems says what is read in the place of what is not, and on which line.
func TestNoItems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "it has no STAC items"},
		{"white space", " \n\n", "it has no STAC items"},
		{"an empty collection", `{"type": "FeatureCollection", "features": []}`, "it has no STAC items"},
		{"paths", "a.tif\nb.tif\n", "line 1: no STAC item: invalid character 'a' at start of value: items are read one after another, or as a FeatureCollection; a list of paths or addresses is for -images"},
		{"addresses as JSON", `"https://example.com/a.tif"`, "line 1: no STAC item: there is a value that is no JSON object"},
		{"cut off", itemOf(1) + "\n" + itemOf(2)[:40], "line 2: no STAC item: unexpected EOF: items are read"},
		{"cut off in a collection", "{\"features\": [\n" + itemOf(1) + ",\n" + itemOf(2)[:40], "line 3: no STAC item: unexpected EOF: items are read"},
		{"no such asset", itemOf(1) + "\n\n" + `{"assets": {"B04": {}, "B03": {}}}`, `line 3: it has no asset "visual": name one of B03, B04 with -asset`},
		{"no assets", `{}`, "line 1: no STAC item: it has no assets"},
		{"a picture for assets", "\n\n" + `{"id": 7,` + "\n" + ` "assets": "a.tif"}`, "line 3: no STAC item: its assets: json: cannot unmarshal string"},
		{"a catalog", `{"type": "Catalog", "links": []}`, "line 1: it is a STAC Catalog, which names its items by links: name the folder"},
		{"a collection of STAC", itemOf(1) + "\n" + `{"type": "Collection", "assets": {"visual": {"href": "a"}}}`, "line 2: it is a STAC Collection, which names its items by links: name the folder"},
		{"a day", `{"properties": {"datetime": "2024-05-01"}, "assets": {"visual": {"href": "a"}}}`, `line 1: its datetime is "2024-05-01": must be as RFC 3339 has it`},
		{"a beginning that is no time", `{"properties": {"datetime": null, "start_datetime": 7}, "assets": {"visual": {"href": "a"}}}`, `line 1: its start_datetime is 7: must be as RFC 3339 has it`},
		{"a text for clouds", `{"properties": {"eo:cloud_cover": "12"}, "assets": {"visual": {"href": "a"}}}`, `line 1: its eo:cloud_cover is "12": must be a number`},
		{"not UTF-8", "{\"id\": \"caf\xe9\"}", "line 1: no STAC item: invalid UTF-8"},
		{"too deep", strings.Repeat("[", 20_000), "line 1: no STAC item: exceeded max depth"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sources, err := indexing.Items{Asset: "visual"}.Read("folder/items.json", strings.NewReader(tt.text))
			if err == nil || !strings.HasPrefix(err.Error(), "reading folder/items.json: "+tt.want) {
				t.Errorf("%v, %v", sources, err)
			}
		})
	}
}

// endless is a collection with items without end, or an item without end.
type endless struct {
	begin, again string
	left         int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left -= len(p); e.left < 0 {
		return 0, io.EOF
	}
	for n := 0; ; {
		if e.begin == "" {
			e.begin = e.again
		}
		k := copy(p[n:], e.begin)
		if n, e.begin = n+k, e.begin[k:]; n == len(p) {
			return n, nil
		}
	}
}

// TestItemsAreBounded reads an item that does not end.
func TestItemsAreBounded(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]*endless{
		"a property": {`{"properties": {"x": "`, "xxxxxxxx", 1 << 30},
		"space":      {`[`, "        ", 1 << 30},
		"a member":   {`{"features": [], "links": [`, "[],", 1 << 30},
	} {
		sources, err := indexing.Items{Asset: "visual"}.Read("items", text)
		if err == nil || !strings.Contains(err.Error(), "an item has more than 4194304 bytes") || 1<<30-text.left > 64<<20 {
			t.Errorf("%s: %d sources, %v, after %d bytes", name, len(sources), err, 1<<30-text.left)
		}
	}
	collection := &endless{`{"features": [`, itemOf(1) + ",", 5 << 20}
	if _, err := (indexing.Items{Asset: "visual"}).Read("items", collection); err == nil || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("a long collection that ends early: %v", err)
	}
}

// TestFolderOfItems reads a catalog as it is downloaded: each item beside its picture.
func TestFolderOfItems(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"catalog.json": `{"type": "Catalog"}`, "a/collection.json": `{"type": "Collection"}`, "a/1/1.json": itemOf(1), "b ü/2/2.geojson": itemOf(2), "readme.txt": "x", "c/3.jsonl": itemOf(3) + "\n" + itemOf(4),
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"": "a/1/1.tif b ü/2/2.tif c/3.tif c/4.tif", "*/*/*.*json": "a/1/1.tif b ü/2/2.tif"} {
		sources, err := indexing.Items{Asset: "visual"}.STAC(filepath.Join(folder, name), nil)
		var got []string
		for _, s := range sources {
			relative, _ := filepath.Rel(folder, s.Name)
			got = append(got, relative)
		}
		if g := strings.Join(got, " "); g != want || err != nil {
			t.Errorf("%q: %s, %v, want %s", name, g, err, want)
		}
	}
	for name, want := range map[string]string{
		"catalog.json": "it is a STAC Catalog", "nothing-*.json": `nothing matches the pattern`, "**/*.json": "** is not known in patterns", "gone.json": "no such file", "[": "syntax error in pattern",
	} {
		if _, err := (indexing.Items{Asset: "visual"}).STAC(filepath.Join(folder, name), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
