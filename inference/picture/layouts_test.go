package picture_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
)

var update = flag.Bool("update", false, "write the table of docs/pictures.md")

// answer is what Pillow and rasterio say of a file; oracle/pictures_sweep.py wrote it.
type answer struct {
	File, Format, Layout string
	Width, Height        int
	SHA256               string `json:"rgb_sha256"` // empty if Pillow refuses it
	Rasterio             bool
	folder               string
}

// differences are the files, by patterns of their names, that are not read as Pillow
// reads them, and why.
var differences = []struct {
	pattern string
	refused bool
	why     string
}{
	{"pillow-bilevel-tiff_raw_16-?.tif", false, "as written; Pillow's libtiff counts words from where the file lies in memory"},
	{"tifffile-ycbcr-separate-raw.tif", false, "as written; Pillow takes luma for red"},
	{"tifffile-*u2-*separate*.tif", false, "as written; Pillow mixes up the planes"},
	{"tifffile-*-[fi][24]-1-predictor-*.tif", false, "as written; Pillow swaps the bytes"},
	{"tifffile-cielab-u1-*.tif", false, "by the formula; Pillow has a table, a few levels off"},
	{"pillow-LAB-*.tif", false, "by the formula; Pillow has a table, a few levels off"},
	{"jpeg2000-u2-9-1.jp2", false, "as written; Pillow takes them for 8 bits"},
	{"jpeg-lossless.jpg", true, "refused: it needs libjpeg-turbo 3"},
	{"png-cut-adler.png", true, "refused: broken"},
	{"png-more-data.png", true, "refused: broken"},
	{"png-no-palette.png", true, "refused: broken; Pillow shows it black"},
	{"png-palette-late.png", true, "refused: broken; Pillow shows it black"},
	// Of the pictures of Pillow's tests.
	{"suites-pillow-*[Ll]ab*.tif", false, "by the formula; Pillow has a table, a few levels off"},
	{"suites-pillow-bmp__*rle*.bmp", false, "as Microsoft's rules have it"},
	{"suites-pillow-issue_2811.gif", true, "refused: codes of more than 8 bits, which the format has not"},
	{"suites-pillow-clipboard.dib", true, "refused: a BMP without its first header, as a clipboard has it"},
}

// answers are those of the layouts in this repository, and of the folder that
// RSCLIP_SWEEP names, for a longer run.
func answers(t *testing.T) []answer {
	t.Helper()
	var golden struct{ Files []answer }
	var more []answer
	load := func(file string, into any) {
		t.Helper()
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
	}
	load(filepath.Join(testdata, "golden/layouts.json"), &golden)
	if len(golden.Files) < 200 {
		t.Fatalf("there are %d layouts", len(golden.Files))
	}
	for i := range golden.Files {
		golden.Files[i].folder = filepath.Join(testdata, "layouts")
	}
	if folder := os.Getenv("RSCLIP_SWEEP"); folder != "" {
		load(filepath.Join(folder, "answers.json"), &more)
		for i := range more {
			more[i].folder = folder
		}
	}
	return append(golden.Files, more...)
}

// here tells how a file is read, in a word or two, and fails if that is not how it
// should be.
func (a answer) here(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(a.folder, a.File))
	if err != nil {
		t.Fatal(err)
	}
	image, err := picture.Decode(t.Context(), data, picture.Options{})
	if a.SHA256 == "" { // Pillow refuses it.
		if err != nil {
			return "refuses"
		}
		return "reads"
	}
	var sum [sha256.Size]byte
	if err == nil {
		sum = sha256.Sum256(image.Pix)
		if image.Width == a.Width && image.Height == a.Height && hex.EncodeToString(sum[:]) == a.SHA256 {
			return "as Pillow"
		}
	}
	for _, d := range differences {
		if ok, _ := path.Match(d.pattern, strings.ReplaceAll(a.File, "/", "-")); !ok {
			continue
		}
		if (err != nil) != d.refused {
			t.Errorf("%s: %v, and it should be %s", a.File, err, d.why)
		}
		return d.why
	}
	if err != nil {
		t.Errorf("%s, which Pillow reads: %v", a.File, err)
		return "refuses"
	}
	t.Errorf("%s has other pixels than Pillow's: %d x %d, want %d x %d; %s", a.File, image.Width, image.Height, a.Width, a.Height, a.firstWrong(image.Pix))
	return "otherwise"
}

// firstWrong tells the first pixel that is not Pillow's, if its pixels are there.
func (a answer) firstWrong(got []byte) string {
	want, err := os.ReadFile(filepath.Join(a.folder, a.File+".rgb"))
	if err != nil || len(want) != len(got) {
		return "run oracle/pictures_sweep.py for its pixels"
	}
	for i := range want {
		if got[i] != want[i] {
			at := i / 3
			return fmt.Sprintf("%v at %d, %d, want %v", got[3*at:][:3], at%a.Width, at/a.Width, want[3*at:][:3])
		}
	}
	return "the same"
}

// TestSweep reads every layout as Pillow does, or says why not, and compares the table
// of the page with that.
func TestSweep(t *testing.T) {
	t.Parallel()
	type row struct{ format, layout, here string }
	type column struct{ pillow, rasterio map[bool]bool }
	rows := map[row]column{}
	for _, a := range answers(t) {
		here := a.here(t)
		if a.Layout == "" {
			continue // Not of this repository.
		}
		r := row{cmp.Or(a.Format, formatOf(a.File)), a.Layout, here}
		if _, ok := rows[r]; !ok {
			rows[r] = column{map[bool]bool{}, map[bool]bool{}}
		}
		rows[r].pillow[a.SHA256 != ""], rows[r].rasterio[a.Rasterio] = true, true
	}
	if t.Failed() {
		return
	}
	var order []row
	for r := range rows {
		order = append(order, r)
	}
	slices.SortFunc(order, func(a, b row) int { return strings.Compare(a.format+a.layout+a.here, b.format+b.layout+b.here) })
	var b strings.Builder
	b.WriteString("| format | layout | Pillow | rasterio | here |\n|---|---|---|---|---|\n")
	for _, r := range order {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.format, r.layout, word(rows[r].pillow), word(rows[r].rasterio), r.here)
	}
	comparePage(t, b.String())
}

func word(some map[bool]bool) string {
	switch {
	case some[true] && some[false]:
		return "reads some"
	case some[true]:
		return "reads"
	}
	return "refuses"
}

func formatOf(file string) string {
	return map[string]string{".tif": "TIFF", ".png": "PNG", ".gif": "GIF", ".webp": "WEBP", ".jpg": "JPEG", ".jp2": "JPEG2000", ".j2k": "JPEG2000", ".bmp": "BMP"}[filepath.Ext(file)]
}

// comparePage compares the table of the page, or writes it.
func comparePage(t *testing.T, table string) {
	t.Helper()
	const file, begin, end = "../../docs/pictures.md", "<!-- others -->\n", "<!-- others end -->"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := bytes.Cut(page, []byte(begin))
	old, after, ended := bytes.Cut(rest, []byte(end))
	if !found || !ended {
		t.Fatalf("%s has no place for the table", file)
	}
	switch {
	case *update:
		if err := os.WriteFile(file, slices.Concat(before, []byte(begin), []byte(table), []byte(end), after), 0o644); err != nil {
			t.Fatal(err)
		}
	case string(old) != table:
		t.Errorf("the table of %s is not what the files give: run go test ./inference/picture -run TestSweep -update", file)
	}
}
