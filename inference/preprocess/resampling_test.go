package preprocess_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/preprocess"
)

// TestOtherSpecsEqualTheReference compares tensors, bit by bit, with those of
// SiglipImageProcessor: bilinear ones, and ones that are not square. Each
// processor prepares all pictures one after another, as a server's does.
func TestOtherSpecsEqualTheReference(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out large pictures")
	}
	data, err := os.ReadFile(filepath.Join(testdata, "golden/resampling.json"))
	if err != nil {
		t.Fatal(err)
	}
	var goldens []struct {
		Resample      int
		Size          struct{ Height, Width int }
		RescaleFactor float64    `json:"rescale_factor"`
		Mean          [3]float64 `json:"image_mean"`
		Std           [3]float64 `json:"image_std"`
		Tensors       map[string]string
	}
	if err := json.Unmarshal(data, &goldens); err != nil {
		t.Fatal(err)
	}
	for _, g := range goldens {
		spec := preprocess.Spec{
			Height: g.Size.Height, Width: g.Size.Width, Resample: g.Resample, RescaleFactor: g.RescaleFactor, Mean: g.Mean, Std: g.Std,
		}
		p, err := preprocess.New(spec)
		if err != nil {
			t.Fatalf("%+v: %v", spec, err)
		}
		pixels, out := make([]uint8, p.Elements()), make([]float32, p.Elements())
		for range 2 {
			for _, name := range slices.Sorted(maps.Keys(g.Tensors)) {
				file, err := os.ReadFile(filepath.Join(testdata, "pictures", name))
				if err != nil {
					t.Fatal(err)
				}
				image, err := picture.Decode(t.Context(), file, picture.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if err := p.Pixels(t.Context(), pixels, image); err != nil {
					t.Fatal(err)
				}
				p.Normalize(out, pixels)
				if got := hash(out); got != g.Tensors[name] {
					t.Errorf("%+v: %s: the tensor has SHA-256 %s, the reference's %s", spec, name, got, g.Tensors[name])
				}
			}
		}
	}
}
