package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image/color"
	"os"
	"testing"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/jpeg2000"
)

func decodeScene(t *testing.T, file string, o Options) *Image {
	t.Helper()
	data, err := os.ReadFile("../testdata/geotiff/" + file)
	if err != nil {
		t.Fatal(err)
	}
	image, err := Decode(context.Background(), data, o)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// TestJPEG2000ShowsWhatTIFFShows decodes files without loss that
// oracle/geotiff.py wrote from the samples of TIFFs.
func TestJPEG2000ShowsWhatTIFFShows(t *testing.T) {
	t.Parallel()
	first := [3]int{1, 1, 1}
	for _, tt := range []struct {
		file, tiff string
		options    Options
		tiffBands  [3]int
	}{
		{"rgb.jp2", "uint8.tif", Options{}, [3]int{}},
		{"rgb.jp2", "uint8.tif", Options{Bands: [3]int{3, 1, 2}}, [3]int{3, 1, 2}},
		{"rgb-transformed.jp2", "uint8.tif", Options{}, [3]int{}},
		{"codestream.j2k", "uint8.tif", Options{}, [3]int{}},
		{"uint16.jp2", "uint16.tif", Options{Deep: DeepStretch}, first},
		{"uint16.jp2", "uint16.tif", Options{Stretch: &Stretch{Low: 10, High: 60}}, first},
		{"int16-tiled.jp2", "int16.tif", Options{Deep: DeepStretch}, first},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			got := decodeScene(t, tt.file, tt.options)
			o := tt.options
			o.Bands = tt.tiffBands
			want := decodeScene(t, tt.tiff, o)
			if got.Width != want.Width || got.Height != want.Height || !bytes.Equal(got.Pix, want.Pix) {
				t.Errorf("%d x %d pixels of others, want %d x %d of %s", got.Width, got.Height, want.Width, want.Height, tt.tiff)
			}
			if len(got.Stretched) != len(want.Stretched) || len(got.Stretched) > 0 && got.Stretched[0] != want.Stretched[0] {
				t.Errorf("stretched by %v, want %v", got.Stretched, want.Stretched)
			}
		})
	}
}

// TestDeepSamplesThatPillowOpens tells which are not stretched unless that is asked
// for: Pillow opens 15 bits of a JPEG 2000, and not of a TIFF.
func TestDeepSamplesThatPillowOpens(t *testing.T) {
	t.Parallel()
	for file, stretched := range map[string]int{
		"sentinel-2-15-bit.jp2": 0, "uint16.jp2": 0, "int16-tiled.jp2": 0,
		"grey-9-bit.tif": 3, "grey-10-bit.tif": 3, "grey-11-bit.tif": 3, "grey-12-bit.tif": 0,
		"grey-13-bit.tif": 3, "grey-14-bit.tif": 3, "grey-15-bit.tif": 3, "float64.tif": 3, "int16.tif": 3, "uint16.tif": 3,
	} {
		if image := decodeScene(t, file, Options{}); len(image.Stretched) != stretched {
			t.Errorf("%s: %d channels are stretched, want %d", file, len(image.Stretched), stretched)
		}
	}
}

// TestComponents has samples of all types. A component of half the size has each
// sample for two by two pixels.
func TestComponents(t *testing.T) {
	t.Parallel()
	whole := &geotiff.Image{Width: 4, Height: 2}
	for _, tt := range []struct {
		name      string
		component jpeg2000.Component
		want      geotiff.Band
	}{
		{"8 bits", jpeg2000.Component{Bits: 8, Samples: []byte{1, 255}}, &geotiff.Samples[uint8]{Values: []uint8{1, 1, 255, 255, 1, 1, 255, 255}}},
		{"8 signed bits", jpeg2000.Component{Bits: 8, Signed: true, Samples: []byte{1, 255}}, &geotiff.Samples[int16]{Values: []int16{1, 1, -1, -1, 1, 1, -1, -1}}},
		{"12 bits", jpeg2000.Component{Bits: 12, Samples: []byte{1, 2, 3, 255}}, &geotiff.Samples[uint16]{Values: []uint16{513, 513, 65283, 65283, 513, 513, 65283, 65283}}},
		{"16 signed bits", jpeg2000.Component{Bits: 16, Signed: true, Samples: []byte{1, 2, 255, 255}}, &geotiff.Samples[int16]{Values: []int16{513, 513, -1, -1, 513, 513, -1, -1}}},
		{"32 bits", jpeg2000.Component{Bits: 32, Samples: []byte{1, 0, 0, 0, 0, 0, 0, 128}}, &geotiff.Samples[uint32]{Values: []uint32{1, 1, 1 << 31, 1 << 31, 1, 1, 1 << 31, 1 << 31}}},
		{"32 signed bits", jpeg2000.Component{Bits: 32, Signed: true, Samples: []byte{1, 0, 0, 0, 254, 255, 255, 255}}, &geotiff.Samples[int32]{Values: []int32{1, 1, -2, -2, 1, 1, -2, -2}}},
	} {
		tt.component.Width, tt.component.Height = 2, 1
		if got := componentBand(&tt.component, whole); !equalBands(t, got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	rows := jpeg2000.Component{Width: 2, Height: 2, Bits: 8, Samples: []byte{1, 2, 3, 4}}
	want := &geotiff.Samples[uint8]{Values: []uint8{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4}}
	if got := componentBand(&rows, &geotiff.Image{Width: 4, Height: 4}); !equalBands(t, got, want) {
		t.Errorf("rows: %v, want %v", got, want)
	}
}

func equalBands(t *testing.T, a, b geotiff.Band) bool {
	t.Helper()
	var bytes [2][]byte
	for i, band := range []geotiff.Band{a, b} {
		var err error
		switch s := band.(type) {
		case *geotiff.Samples[uint8]:
			bytes[i], err = binary.Append([]byte("uint8"), binary.LittleEndian, s.Values)
		case *geotiff.Samples[int16]:
			bytes[i], err = binary.Append([]byte("int16"), binary.LittleEndian, s.Values)
		case *geotiff.Samples[uint16]:
			bytes[i], err = binary.Append([]byte("uint16"), binary.LittleEndian, s.Values)
		case *geotiff.Samples[int32]:
			bytes[i], err = binary.Append([]byte("int32"), binary.LittleEndian, s.Values)
		case *geotiff.Samples[uint32]:
			bytes[i], err = binary.Append([]byte("uint32"), binary.LittleEndian, s.Values)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return string(bytes[0]) == string(bytes[1])
}

// TestLumaAndChroma compares with Go's conversion, which rounds in another place.
func TestLumaAndChroma(t *testing.T) {
	t.Parallel()
	for y := 0; y < 256; y += 15 {
		for cb := 0; cb < 256; cb += 15 {
			for cr := 0; cr < 256; cr += 15 {
				pix := []byte{byte(y), byte(cb), byte(cr)}
				fromYCbCr(pix)
				r, g, b := color.YCbCrToRGB(byte(y), byte(cb), byte(cr))
				for c, want := range []byte{r, g, b} {
					if d := int(pix[c]) - int(want); d < -1 || d > 1 {
						t.Fatalf("%d, %d, %d is %v, want about %v", y, cb, cr, pix, []byte{r, g, b})
					}
				}
			}
		}
	}
	for _, grey := range []byte{0, 1, 127, 255} { // Without chroma it is exact.
		if pix := []byte{grey, 128, 128}; true {
			if fromYCbCr(pix); pix[0] != grey || pix[1] != grey || pix[2] != grey {
				t.Errorf("luma %d is %v", grey, pix)
			}
		}
	}
}

// TestJPEG2000Refused has headers that are refused, each for its reason.
func TestJPEG2000Refused(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../testdata/geotiff/codestream.j2k")
	if err != nil {
		t.Fatal(err)
	}
	deep := bytes.Clone(data)
	deep[42] = 37 // bits of the first component, less one
	for name, tt := range map[string]struct {
		data    []byte
		options Options
		want    error
	}{
		"cut in its header": {data[:30], Options{}, ErrCorrupt},
		"cut in its pixels": {data[:len(data)/2], Options{}, ErrCorrupt},
		"of 38 bits":        {deep, Options{}, ErrUnsupported},
		"over the limit":    {data, Options{MaxPixels: 1000}, ErrTooLarge},
	} {
		if _, err := Decode(context.Background(), tt.data, tt.options); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
