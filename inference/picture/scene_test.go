package picture_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/picture"
)

func openScene(t *testing.T, file string, metres float64, o picture.Options) (*picture.Scene, error) {
	t.Helper()
	data := readFile(t, "geotiff", file)
	return picture.OpenScene(context.Background(), bytes.NewReader(data), int64(len(data)), metres, o)
}

// TestSceneShowsWhatDecodeShows cuts small scenes, whose percentiles are those of
// all their pixels.
func TestSceneShowsWhatDecodeShows(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"nodata.tif", "mask.tif", "jpeg-ycbcr.tif", "float32.tif", "uint8.tif", "sparse-nodata.tif", "nan-and-infinity.tif"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			o := picture.Options{Deep: picture.DeepStretch}
			whole, err := picture.Decode(context.Background(), readFile(t, "geotiff", file), o)
			if err != nil {
				t.Fatal(err)
			}
			s, err := openScene(t, file, 0, o)
			if err != nil {
				t.Fatal(err)
			}
			if w, h := s.Size(); w != whole.Width || h != whole.Height {
				t.Fatalf("%d x %d, want %d x %d", w, h, whole.Width, whole.Height)
			}
			for _, w := range []geotiff.Window{{Width: 37, Height: 29}, {X: 5, Y: 3, Width: 20, Height: 17}, {X: 36, Y: 28, Width: 1, Height: 1}} {
				part, err := s.Show(context.Background(), w)
				if err != nil {
					t.Fatal(err)
				}
				for y := range w.Height {
					want := whole.Pix[3*((w.Y+y)*whole.Width+w.X):][:3*w.Width]
					if got := part.Pix[3*y*w.Width:][:3*w.Width]; !bytes.Equal(got, want) {
						t.Fatalf("row %d of %+v: %v, want %v", y, w, got[:min(12, len(got))], want[:min(12, len(want))])
					}
				}
			}
		})
	}
}

func TestSceneResolution(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file   string
		metres float64
		width  int
	}{
		{"nodata.tif", 0, 37},
		{"nodata.tif", 10, 37},
		{"nodata.tif", 5, 37},  // finer than there is
		{"nodata.tif", 40, 37}, // there are no overviews
		{"placed-overviews.tif", 0, 37},
		{"placed-overviews.tif", 19, 37},
		{"placed-overviews.tif", 20, 19},
		{"placed-overviews.tif", 36, 19},
		{"placed-overviews.tif", 1000, 10},
	} {
		s, err := openScene(t, tt.file, tt.metres, picture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if width, _ := s.Size(); width != tt.width {
			t.Errorf("%s by %v m is %d pixels wide, want %d", tt.file, tt.metres, width, tt.width)
		}
	}
	if _, err := openScene(t, "uint8.tif", 10, picture.Options{}); !errors.Is(err, picture.ErrUnsupported) {
		t.Errorf("a scene without a place: %v", err)
	}
}
