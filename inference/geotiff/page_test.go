package geotiff_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/geotiff"
)

var update = flag.Bool("update", false, "write the table of docs/pictures.md")

// TestPage compares the table of layouts with the files that are tested, one row
// for the files of one compression and predictor, type by type.
func TestPage(t *testing.T) {
	t.Parallel()
	const page = "../../docs/pictures.md"
	type row struct{ compression, layout string }
	types := map[row]map[string]bool{}
	pillow := map[row]string{}
	for name, golden := range goldens(t) {
		if filepath.Ext(name) != ".tif" {
			continue
		}
		i := open(t, filepath.Join(testdata, "geotiff", name)).Main
		r := row{geotiff.CompressionName(i.Compression), i.Layout()}
		if types[r] == nil {
			types[r] = map[string]bool{}
		}
		types[r][i.Type.String()] = true
		switch now := map[bool]string{true: "reads", false: "refuses"}[golden.Pillow]; {
		case pillow[r] == "":
			pillow[r] = now
		case pillow[r] != now:
			pillow[r] = "reads some"
		}
	}
	var b strings.Builder
	b.WriteString("| compression | layout | types | Pillow | rasterio | here |\n|---|---|---|---|---|---|\n")
	for _, r := range slices.SortedFunc(maps.Keys(types), func(a, b row) int {
		return strings.Compare(a.compression+a.layout, b.compression+b.layout)
	}) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | reads | the same |\n", r.compression, r.layout, strings.Join(slices.Sorted(maps.Keys(types[r])), ", "), pillow[r])
	}
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- layouts -->\n", "<!-- end -->"
	before, rest, found := strings.Cut(string(data), begin)
	old, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no place for the table", page)
	}
	if *update {
		if err := os.WriteFile(page, []byte(before+begin+b.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if old != b.String() {
		t.Errorf("the table of %s is not what the files give: run go test ./inference/geotiff -run TestPage -update", page)
	}
}
