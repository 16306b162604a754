package geotiff_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/seed-74198975/rsclip/inference/geotiff"
)

const testdata = "../testdata"

// golden is what rasterio says of a file; oracle/geotiff.py wrote it.
type golden struct {
	Width, Height, Bands, EPSG, Valid int
	Nodata                            *string
	Transform                         []float64
	Overviews                         []int
	SHA256                            []string
	Complex, Pillow                   bool
}

func goldens(t *testing.T) map[string]golden {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testdata, "golden/geotiff.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Files map[string]golden }
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Files) < 100 {
		t.Fatalf("there are %d goldens", len(all.Files))
	}
	return all.Files
}

func open(t testing.TB, path string) *geotiff.File {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := geotiff.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestReference reads every layout, and compares with rasterio bit by bit.
func TestReference(t *testing.T) {
	t.Parallel()
	for name, want := range goldens(t) {
		if filepath.Ext(name) != ".tif" {
			continue // ../jpeg2000 reads these.
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := open(t, filepath.Join(testdata, "geotiff", name))
			i := f.Main
			sameSamples(t, f, want)
			sameNodata(t, i.Nodata, want.Nodata)
			samePlace(t, i.Georeference, want)
			if len(f.Overviews) != len(want.Overviews) {
				t.Errorf("%d overviews, want %d", len(f.Overviews), len(want.Overviews))
			}
		})
	}
}

// sameSamples compares the samples of all bands, and the count of pixels that hold data.
func sameSamples(t *testing.T, f *geotiff.File, want golden) {
	t.Helper()
	i := f.Main
	if i.Width != want.Width || i.Height != want.Height || i.Bands != want.Bands {
		t.Fatalf("%d x %d of %d bands, want %d x %d of %d", i.Width, i.Height, i.Bands, want.Width, want.Height, want.Bands)
	}
	bands := read(t, i, i.Window())
	for b, band := range bands {
		if want.Complex { // The last bit of a magnitude is the library's choice.
			for at := range band {
				band[at] = float64(float32(band[at]))
			}
		}
		if got := digest(band); got != want.SHA256[b] {
			t.Errorf("band %d has other samples than rasterio's: %v ...", b+1, band[:min(8, len(band))])
		}
	}
	if got := valid(t, f, bands); got != want.Valid {
		t.Errorf("%d pixels hold data, want %d", got, want.Valid)
	}
}

// TestWindow reads every window of some sizes, which must be cut out of the whole.
func TestWindow(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"zstd-tiles-band.tif", "zstd-strips-pixel.tif", "grey-3-bit.tif", "bands-12-bit-big-endian.tif", "sparse-nodata.tif"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := open(t, filepath.Join(testdata, "geotiff", name)).Main
			whole := read(t, i, i.Window())
			for _, side := range []int{1, 5, 16, 20} {
				for y := 0; y+side <= i.Height; y += 3 {
					for x := 0; x+side <= i.Width; x += 3 {
						w := geotiff.Window{X: x, Y: y, Width: side, Height: side}
						for b, band := range read(t, i, w) {
							for row := range side {
								from := (y+row)*i.Width + x
								if want := whole[b][from : from+side]; !slices.Equal(band[row*side:][:side], want) {
									t.Fatalf("row %d of band %d of %+v is %v, want %v", row, b+1, w, band[row*side:][:side], want)
								}
							}
						}
					}
				}
			}
		})
	}
}

// valid counts the pixels that hold data: by the mask or alpha, or if there is
// none in any band.
func valid(t *testing.T, f *geotiff.File, bands [][]float64) (count int) {
	t.Helper()
	mask, err := f.Mask(context.Background(), f.Main, f.Main.Window())
	if err != nil {
		t.Fatal(err)
	}
	if mask != nil {
		for _, v := range widen(t, mask) {
			if v != 0 {
				count++
			}
		}
		return count
	}
	holds := geotiff.HoldsData[float64](f.Main.Nodata)
	if f.Main.Type.Bits == 32 && f.Main.Nodata != nil {
		single := geotiff.HoldsData[float32](f.Main.Nodata)
		holds = func(v float64) bool { return single(float32(v)) }
	}
	for i := range bands[0] {
		if slices.ContainsFunc(bands, func(b []float64) bool { return holds(b[i]) }) {
			count++
		}
	}
	return count
}

func read(t *testing.T, i *geotiff.Image, w geotiff.Window) (out [][]float64) {
	t.Helper()
	wanted := make([]int, i.Bands)
	for b := range wanted {
		wanted[b] = b
	}
	bands, err := i.Read(context.Background(), wanted, w)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bands {
		out = append(out, widen(t, b))
	}
	return out
}

func widen(t *testing.T, b geotiff.Band) []float64 {
	t.Helper()
	switch b := b.(type) {
	case *geotiff.Samples[uint8]:
		return floats(b.Values)
	case *geotiff.Samples[uint16]:
		return floats(b.Values)
	case *geotiff.Samples[int16]:
		return floats(b.Values)
	case *geotiff.Samples[uint32]:
		return floats(b.Values)
	case *geotiff.Samples[int32]:
		return floats(b.Values)
	case *geotiff.Samples[float32]:
		return floats(b.Values)
	case *geotiff.Samples[float64]:
		return floats(b.Values)
	}
	t.Fatalf("a band of type %T", b)
	return nil
}

func floats[T geotiff.Number](values []T) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

func digest(values []float64) string {
	h := sha256.New()
	for _, v := range values {
		bits := math.Float64bits(v)
		if math.IsNaN(v) {
			bits = 0x7ff8000000000000 // NumPy's
		}
		_ = binary.Write(h, binary.LittleEndian, bits)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func sameNodata(t *testing.T, got *float64, want *string) {
	t.Helper()
	switch {
	case got == nil && want == nil:
	case got == nil || want == nil:
		t.Errorf("nodata is %v, want %v", got, want)
	default:
		w, err := strconv.ParseFloat(*want, 64)
		if err != nil {
			t.Fatal(err)
		}
		if *got != w && !(math.IsNaN(*got) && math.IsNaN(w)) && float32(*got) != float32(w) {
			t.Errorf("nodata is %v, want %v", *got, w)
		}
	}
}

func samePlace(t *testing.T, got *geotiff.Georeference, want golden) {
	t.Helper()
	if want.Transform == nil {
		return
	}
	if got == nil {
		t.Fatal("it has no place on earth")
	}
	if got.EPSG != want.EPSG {
		t.Errorf("EPSG:%d, want %d", got.EPSG, want.EPSG)
	}
	for i, v := range want.Transform {
		if math.Abs(got.Transform[i]-v) > 1e-9*math.Max(1, math.Abs(v)) {
			t.Errorf("the transformation is %v, want %v", got.Transform, want.Transform)
			break
		}
	}
}
