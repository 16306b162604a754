package indexing

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/projection"
)

// TestDescribedSystem has the model that ESRI writes of Web Mercator: it is user-defined,
// and so is the projected system, whose degrees have a code all the same.
func TestDescribedSystem(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../testdata/geotiff/nodata.tif")
	if err != nil {
		t.Fatal(err)
	}
	described := data
	for _, key := range []uint16{1024, 3072} {
		var head []byte
		for _, v := range []uint16{key, 0, 1} {
			head = binary.LittleEndian.AppendUint16(head, v)
		}
		before, after, found := bytes.Cut(described, head)
		if !found {
			t.Fatalf("the file has no key %d", key)
		}
		described = bytes.Join([][]byte{before, head, {0xff, 0x7f}, after[2:]}, nil)
	}
	path := filepath.Join(t.TempDir(), "described.tif")
	if err := os.WriteFile(path, described, 0o600); err != nil {
		t.Fatal(err)
	}
	source, closeSource, err := open(t.Context(), http.DefaultClient, path, 0, picture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeSource()
	if p, err := placeOf(source); !errors.Is(err, projection.ErrUnknown) {
		t.Errorf("its place is %+v, and the error %v", p, err)
	}
}

// TestPlaceOnEarth has scenes whose numbers are not those of their system.
func TestPlaceOnEarth(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		transform [6]float64
		top       float64 // degrees; less than 0 if it is refused
	}{
		"plain":                             {[6]float64{10, 1, 0, 50, 0, -1}, 50},
		"up to the pole":                    {[6]float64{10, 1, 0, 90, 0, -1}, 90},
		"the middle of a pixel is the pole": {[6]float64{10, 1, 0, 90.5, 0, -1}, 90},
		"metres":                            {[6]float64{1e6, 10, 0, 6e6, 0, -10}, -1},
		"over the pole":                     {[6]float64{10, 1, 0, 91, 0, -1}, -1},
		"over the other pole":               {[6]float64{10, 1, 0, -88, 0, -1}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &place{inverse: func(x, y float64) (longitude, latitude float64) { return x, y }, transform: tt.transform, scaleX: 1, scaleY: 1}
			if err := p.check(4, 4); (err != nil) != (tt.top < 0) {
				t.Fatal(err)
			} else if err != nil {
				return
			}
			if _, corners := p.outline(geotiff.Window{Width: 2, Height: 2}); corners[3][1] != tt.top {
				t.Errorf("it is at %v, and its top not at %v", corners, tt.top)
			}
		})
	}
}
