package picture_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
)

func FuzzJPEG(f *testing.F) { fuzz(f, brokenJPEGs(f), ".jpg") }

func FuzzPNG(f *testing.F) { fuzz(f, brokenPNGs(f), ".png") }

func FuzzWebP(f *testing.F) { fuzz(f, brokenWebPs(f), ".webp") }

func FuzzTIFF(f *testing.F) { fuzz(f, brokenTIFFs(), ".tif") }

func FuzzGIF(f *testing.F) { fuzz(f, brokenGIFs(f), ".gif") }

func FuzzBMP(f *testing.F) { fuzz(f, brokenBMPs(f), ".bmp") }

// fuzz decodes files that were of one format, with the options that Pillow's
// way needs and with all others.
func fuzz(f *testing.F, special []broken, extension string) {
	files := special
	for _, folder := range []string{"pictures", "formats", "layouts"} {
		entries, err := os.ReadDir(filepath.Join(testdata, folder))
		if err != nil {
			f.Fatal(err)
		}
		for _, entry := range entries {
			if filepath.Ext(entry.Name()) == extension {
				files = append(files, broken{entry.Name(), readFile(f, folder, entry.Name())})
			}
		}
	}
	files = slices.DeleteFunc(files, func(b broken) bool { return len(b.data) >= 1<<14 }) // Large ones make it slow.
	for i, file := range files {
		f.Add(file.data, i%2 == 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, all bool) {
		o := picture.Options{MaxPixels: 1 << 20}
		if all {
			o.EXIFOrientation, o.Bands, o.Stretch = true, [3]int{3, 2, 1}, &picture.DefaultStretch
		}
		image, err := picture.Decode(t.Context(), data, o)
		switch {
		case err == nil && len(image.Pix) != 3*image.Width*image.Height:
			t.Errorf("%d bytes for %d x %d pixels", len(image.Pix), image.Width, image.Height)
		case err != nil && !errors.Is(err, picture.ErrUnsupported) && !errors.Is(err, picture.ErrTooLarge) && !errors.Is(err, picture.ErrCorrupt):
			t.Errorf("an error of no kind: %v", err)
		}
	})
}
