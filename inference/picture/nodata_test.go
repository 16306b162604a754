package picture_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
)

// TestNodata compares the share of pixels without data with what
// oracle/pictures_formats.py and oracle/geotiff.py have written.
func TestNodata(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		folder, file string
		want         float64
		stretched    int
	}{
		{"formats", "nodata.tif", 200. / (53 * 75), 3},             // 10 x 20 pixels in all bands, not those of one band
		{"formats", "two-bands-decibels.tif", 100. / (53 * 75), 3}, // minus infinity in both
		{"formats", "rgb-tiff_lzw.tif", 0, 0},
		{"pictures", "rgb.png", 0, 0},
		{"geotiff", "mask.tif", 17. / 37, 0},
		{"geotiff", "alpha.tif", 17. / 37, 0},
		{"geotiff", "sparse-nodata.tif", 1 - 256./(37*29), 3},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			file := readFile(t, tt.folder, tt.file)
			image, err := picture.Decode(context.Background(), file, picture.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprintf("%.6f", image.Nodata) != fmt.Sprintf("%.6f", tt.want) || len(image.Stretched) != tt.stretched {
				t.Errorf("%.6f without data and %d bands stretched, want %.6f and %d", image.Nodata, len(image.Stretched), tt.want, tt.stretched)
			}
			for _, most := range []float64{0, tt.want, 1} {
				_, err := picture.Decode(context.Background(), file, picture.Options{MaxNodata: &most})
				if refused := errors.Is(err, picture.ErrNodata); refused != (image.Nodata > most) || err != nil && !refused {
					t.Errorf("with at most %v: %v", most, err)
				}
			}
		})
	}
}
