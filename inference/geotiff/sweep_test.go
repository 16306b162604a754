package geotiff_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/geotiff"
)

// others are the files of oracle/pictures_sweep.py, by patterns of their names, whose
// samples are others than rasterio's, and why.
var others = map[string]string{
	"*[Cc][Mm][Yy][Kk]*":               "GDAL makes red, green and blue of inks",
	"*[Yy][Cc][Bb][Cc][Rr]*":           "GDAL makes red, green and blue of luma and chroma",
	"gdal-mask-3.tif":                  "the same: it is YCbCr in JPEG",
	"hand-old-jpeg-*":                  "the same",
	"*LAB*":                            "GDAL makes red, green and blue of L*a*b*",
	"tifffile-cielab*":                 "the same",
	"tifffile-icclab*":                 "16 bits of it are not read",
	"suites-pillow-*[Ll]ab*":           "GDAL makes red, green and blue of L*a*b*",
	"pillow-bilevel-tiff_raw_16-?.tif": "libtiff counts words from where the file lies in memory",
	"gdal-nodata-1e300.tif":            "NaN holds no data here, even if the file does not say so",
	"tifffile-*u4-4-*":                 "GDAL takes no alpha of more than 16 bits for a mask",
	"tifffile-i1-4-contig-*-rgb.tif":   "GDAL takes no alpha with a sign for a mask",
	"tifffile-i1-4-separate-*-rgb.tif": "GDAL takes no alpha with a sign for a mask",
	"suites-pillow-*":                  "broken on purpose, and GDAL reads what it can",
}

// TestSweep reads the TIFFs of the folder that RSCLIP_SWEEP names as rasterio does,
// beyond those of this repository, which TestReference reads.
func TestSweep(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("RSCLIP_SWEEP")
	if folder == "" {
		return
	}
	data, err := os.ReadFile(filepath.Join(folder, "samples.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Files map[string]golden }
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for name, want := range all.Files {
		if explained(name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			f, err := geotiff.Open(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				t.Fatal(err)
			}
			sameSamples(t, f, want)
		})
	}
}

func explained(name string) bool {
	for pattern := range others {
		if ok, _ := path.Match(pattern, strings.ReplaceAll(name, "/", "-")); ok {
			return true
		}
	}
	return false
}
