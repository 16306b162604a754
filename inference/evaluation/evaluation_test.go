package evaluation

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// goldens are what scikit-learn and NumPy give, by oracle/evaluation.py.
type goldens struct {
	Classes []struct {
		Labels []int
		Scores [][]float32
		Top1   float64 `json:"top_1"`
		MAP    float64 `json:"map"`
	}
	Captions []struct {
		Owners      []int
		Scores      [][]float32
		ImageToText [3]float64 `json:"image_to_text"`
		TextToImage [3]float64 `json:"text_to_image"`
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

func TestMeasuresEqualTheReference(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../testdata/golden/evaluation.json")
	if err != nil {
		t.Fatal(err)
	}
	var g goldens
	if err := json.Unmarshal(data, &g); err != nil || len(g.Classes) == 0 || len(g.Captions) == 0 {
		t.Fatalf("%d and %d cases: %v", len(g.Classes), len(g.Captions), err)
	}
	for i, c := range g.Classes {
		got := Classify(c.Scores, c.Labels, len(c.Scores[0]))
		if !near(got.Top1, c.Top1) || !near(got.MeanAveragePrecision, c.MAP) {
			t.Errorf("classes %d: got %+v, want %v and %v", i, got, c.Top1, c.MAP)
		}
	}
	for i, c := range g.Captions {
		pictures := make([]int, len(c.Scores))
		for p := range pictures {
			pictures[p] = p
		}
		toText := Retrieve(len(pictures), len(c.Owners), func(q, i int) float32 { return c.Scores[q][i] }, pictures, c.Owners)
		toImage := Retrieve(len(c.Owners), len(pictures), func(q, i int) float32 { return c.Scores[i][q] }, c.Owners, pictures)
		for name, r := range map[string]struct {
			got  Recall
			want [3]float64
		}{"image to text": {toText, c.ImageToText}, "text to image": {toImage, c.TextToImage}} {
			if !near(r.got.At1, r.want[0]) || !near(r.got.At5, r.want[1]) || !near(r.got.At10, r.want[2]) {
				t.Errorf("captions %d, %s: got %+v, want %v", i, name, r.got, r.want)
			}
		}
	}
}

// TestAClassWithoutPictures does not count in the mean.
func TestAClassWithoutPictures(t *testing.T) {
	t.Parallel()
	if c := Classify([][]float32{{1, 0, 0}, {0, 1, 0}}, []int{0, 1}, 3); c.Top1 != 1 || c.MeanAveragePrecision != 1 {
		t.Errorf("got %+v", c)
	}
}

// folder makes files, whose content is nothing unless it is given.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestClassFolders(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"River/1.jpg": "", "River/2.TIF": "", "River/readme.txt": "", "Airport/b.png": "", "Airport/.hidden.png": "", "empty/x.txt": "", ".git/a.jpg": "", "loose.jpg": "",
	})
	d, err := Open(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range d.Pictures {
		path, _ := filepath.Rel(dir, p.Path)
		got = append(got, d.Classes[p.Class]+" "+path)
	}
	if want := []string{"Airport Airport/b.png", "River River/1.jpg", "River River/2.TIF"}; !slices.Equal(got, want) || d.Split != "" {
		t.Errorf("got %q, want %q", got, want)
	}
}

const captions = `{"dataset": "rsicd", "images": [
	{"filename": "a.jpg", "split": "test", "imgid": 0, "sentences": [{"raw": "a river .", "tokens": ["a"]}, {"raw": "water ."}]},
	{"filename": "b.jpg", "split": "train", "sentences": [{"raw": "a road ."}]},
	{"filename": "c.jpg", "split": "test", "sentences": [{"raw": "a port ."}]}]}`

func TestCaptions(t *testing.T) {
	t.Parallel()
	files := map[string]string{"dataset_rsicd.json": captions, "RSICD_images/a.jpg": "", "RSICD_images/b.jpg": "", "c.jpg": ""}
	for split, want := range map[string][]string{"test": {"a.jpg", "c.jpg"}, "train": {"b.jpg"}, "": {"a.jpg", "b.jpg", "c.jpg"}} {
		d, err := Open(folder(t, files), split)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range d.Pictures {
			got = append(got, filepath.Base(p.Path))
		}
		if !slices.Equal(got, want) || len(d.Classes) > 0 {
			t.Errorf("split %q: got %v, want %v", split, got, want)
		}
		if split == "test" && !slices.Equal(d.Pictures[0].Captions, []string{"a river .", "water ."}) {
			t.Errorf("got %q", d.Pictures[0].Captions)
		}
	}
}

// TestMissingPicture has a picture that is nowhere: it is told when it is opened, as
// other broken pictures are.
func TestMissingPicture(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"dataset.json": captions, "images/a.jpg": ""})
	d, err := Open(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := d.Pictures[1].Path, filepath.Join(dir, "c.jpg"); len(d.Pictures) != 2 || got != want {
		t.Errorf("got %s of %d pictures, want %s", got, len(d.Pictures), want)
	}
}

func TestRefusedDataSets(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		files map[string]string
		want  string
	}{
		"nothing":              {nil, "0 folders with pictures"},
		"one class":            {map[string]string{"River/a.jpg": ""}, "1 folders with pictures"},
		"two files":            {map[string]string{"dataset_a.json": captions, "dataset_b.json": captions}, "several"},
		"no JSON":              {map[string]string{"dataset.json": "["}, "dataset.json"},
		"another split":        {map[string]string{"dataset.json": strings.ReplaceAll(captions, `"test"`, `"val"`)}, `its splits are ["train" "val"]`},
		"no sentence":          {map[string]string{"dataset.json": `{"images": [{"filename": "a.jpg", "split": "test"}]}`, "a.jpg": ""}, "has no sentence"},
		"a file outside of it": {map[string]string{"dataset.json": `{"images": [{"filename": "../a.jpg", "split": "test", "sentences": [{"raw": "a"}]}]}`}, "not the name of a file"},
	} {
		if _, err := Open(folder(t, tt.files), "test"); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}

func TestPrompt(t *testing.T) {
	t.Parallel()
	for class, want := range map[string]string{
		"DenseResidential": "dense residential", "dense_residential": "dense residential", "railway-station": "railway station",
		"Airport": "airport", "storageTanks": "storage tanks", "SPARSE residential": "sparse residential", "forest": "forest",
	} {
		if got := Prompt("an image of {}", class); got != "an image of "+want {
			t.Errorf("%s: got %q", class, got)
		}
	}
}
