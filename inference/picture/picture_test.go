package picture_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
)

const testdata = "../testdata"

// TestPixelsEqualPillow compares decoded pixels, bit by bit, with those of
// Pillow's Image.open(file).convert("RGB").
func TestPixelsEqualPillow(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(testdata, "golden/pixels.json"))
	if err != nil {
		t.Fatal(err)
	}
	var goldens []struct {
		Picture       string
		Width, Height int
		SHA256        string `json:"rgb_sha256"`
	}
	if err := json.Unmarshal(data, &goldens); err != nil {
		t.Fatal(err)
	}
	for _, g := range goldens {
		t.Run(g.Picture, func(t *testing.T) {
			t.Parallel()
			image, err := picture.Decode(t.Context(), read(t, g.Picture), picture.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if image.Width != g.Width || image.Height != g.Height {
				t.Errorf("size %d x %d, want %d x %d", image.Width, image.Height, g.Width, g.Height)
			}
			sum := sha256.Sum256(image.Pix)
			if got := hex.EncodeToString(sum[:]); got != g.SHA256 {
				t.Errorf("pixels have SHA-256 %s, Pillow's %s", got, g.SHA256)
			}
		})
	}
}

// TestFormatsEqualTheReference compares the other formats, and what is chosen
// beyond Pillow, with Pillow and NumPy.
func TestFormatsEqualTheReference(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(testdata, "golden/formats.json"))
	if err != nil {
		t.Fatal(err)
	}
	var goldens []struct {
		File          string
		Width, Height int
		SHA256        string `json:"rgb_sha256"`
		Bands         [3]int
		Stretch       *[2]float64
		EXIF          bool
		Deep          string
	}
	if err := json.Unmarshal(data, &goldens); err != nil {
		t.Fatal(err)
	}
	for _, g := range goldens {
		o := picture.Options{Bands: g.Bands, EXIFOrientation: g.EXIF}
		if g.Deep == "stretch" {
			o.Deep = picture.DeepStretch
		}
		if g.Stretch != nil {
			o.Stretch = &picture.Stretch{Low: g.Stretch[0], High: g.Stretch[1]}
		}
		t.Run(fmt.Sprintf("%s/bands=%v/stretch=%v/exif=%v/deep=%s", g.File, g.Bands, g.Stretch, g.EXIF, g.Deep), func(t *testing.T) {
			t.Parallel()
			image, err := picture.Decode(t.Context(), readFile(t, "formats", g.File), o)
			if err != nil {
				t.Fatal(err)
			}
			if image.Width != g.Width || image.Height != g.Height {
				t.Errorf("size %d x %d, want %d x %d", image.Width, image.Height, g.Width, g.Height)
			}
			sum := sha256.Sum256(image.Pix)
			if got := hex.EncodeToString(sum[:]); got != g.SHA256 {
				t.Errorf("pixels have SHA-256 %s, the reference's %s", got, g.SHA256)
			}
		})
	}
}

func read(t testing.TB, name string) []byte { return readFile(t, "pictures", name) }

func readFile(t testing.TB, folder, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testdata, folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

type refused struct {
	name    string
	data    []byte
	options picture.Options
	want    error
}

func TestRefused(t *testing.T) {
	t.Parallel()
	jpeg, png := read(t, "delta-420.jpg"), read(t, "rgb.png")
	progressive := read(t, "progressive-420.jpg")
	tests := []refused{
		{"empty", nil, picture.Options{}, picture.ErrUnsupported},
		{"text", []byte("<html>not found</html>"), picture.Options{}, picture.ErrUnsupported},
		{"JPEG cut in its header", jpeg[:30], picture.Options{}, picture.ErrCorrupt},
		{"JPEG cut in its pixels", jpeg[:len(jpeg)/2], picture.Options{}, picture.ErrCorrupt},
		{"JPEG without its end", jpeg[:len(jpeg)-2], picture.Options{}, picture.ErrCorrupt},
		{"progressive JPEG cut", progressive[:len(progressive)/2], picture.Options{}, picture.ErrCorrupt},
		{"JPEG signature alone", []byte("\xff\xd8\xff"), picture.Options{}, picture.ErrCorrupt},
		{"PNG cut", png[:len(png)/2], picture.Options{}, picture.ErrCorrupt},
		{"PNG signature alone", png[:8], picture.Options{}, picture.ErrCorrupt},
		{"JPEG over the limit", jpeg, picture.Options{MaxPixels: 1000}, picture.ErrTooLarge},
		{"PNG over the limit", png, picture.Options{MaxPixels: 1000}, picture.ErrTooLarge},
	}
	for _, name := range []string{"lossy.webp", "palette.gif", "rgb.bmp", "tiled.tif", "rgb-tiff_lzw.tif", "bigtiff.tif", "bands-float.tif"} {
		file := readFile(t, "formats", name)
		tests = append(tests, refused{name + " cut", file[:len(file)/2], picture.Options{}, picture.ErrCorrupt}, refused{name + " over the limit", file, picture.Options{MaxPixels: 1000}, picture.ErrTooLarge})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := picture.Decode(t.Context(), tt.data, tt.options); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// BenchmarkDecode decodes a small JPEG photograph.
func BenchmarkDecode(b *testing.B) {
	file, err := os.ReadFile(filepath.Join(testdata, "pictures/river-mouth-444.jpg"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := picture.Decode(b.Context(), file, picture.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
