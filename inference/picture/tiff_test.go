package picture_test

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
)

// smallTIFF makes a TIFF of one row in one strip.
func smallTIFF(width, bands, bits, photometric uint32, samples []byte, more ...tag) []byte {
	const short, long = 3, 4
	tail := slices.Clone(samples)
	depth := tag{258, short, bands, bits}
	switch {
	case bands == 2: // They fit into the entry.
		depth.value = bits | bits<<16
	case bands > 2:
		depth.value = 8 + uint32(len(tail)) //nolint:gosec // Small.
		for range bands {
			tail = binary.LittleEndian.AppendUint16(tail, uint16(bits)) //nolint:gosec // Small.
		}
	}
	tags := []tag{
		{256, long, 1, width},
		{257, long, 1, 1},
		depth,
		{259, short, 1, 1},
		{262, short, 1, photometric},
		{273, long, 1, 8},
		{277, short, 1, bands},
		{278, long, 1, 1},
		{279, long, 1, uint32(len(samples))}, //nolint:gosec // Small.
	}
	return tiffOf(tail, 0, append(tags, more...)...)
}

func deepSamples(values ...uint16) (out []byte) {
	for _, v := range values {
		out = binary.LittleEndian.AppendUint16(out, v)
	}
	return out
}

// TestSmallTIFFs has pixels whose values can be told by hand.
func TestSmallTIFFs(t *testing.T) {
	t.Parallel()
	const whiteIsZero, blackIsZero, rgb, cmyk = 0, 1, 2, 5
	associated := tag{338, 3, 1, 1}
	all := picture.Options{Stretch: &picture.Stretch{Low: 0, High: 100}}
	for _, tt := range []struct {
		name    string
		data    []byte
		options picture.Options
		want    []byte
	}{
		{"one bit", smallTIFF(2, 1, 1, blackIsZero, []byte{0x40}), picture.Options{}, []byte{0, 0, 0, 255, 255, 255}},
		{"one bit, white is 0", smallTIFF(2, 1, 1, whiteIsZero, []byte{0x40}), picture.Options{}, []byte{255, 255, 255, 0, 0, 0}},
		{"white is 0", smallTIFF(2, 1, 8, whiteIsZero, []byte{1, 255}), picture.Options{}, []byte{254, 254, 254, 0, 0, 0}},
		{"deep, clipped", smallTIFF(3, 1, 16, blackIsZero, deepSamples(7, 255, 256)), picture.Options{}, []byte{7, 7, 7, 255, 255, 255, 255, 255, 255}},
		{"deep, stretched", smallTIFF(3, 1, 16, blackIsZero, deepSamples(100, 200, 300)), all, []byte{0, 0, 0, 128, 128, 128, 255, 255, 255}},
		{"deep, white is 0, stretched", smallTIFF(3, 1, 16, whiteIsZero, deepSamples(100, 200, 300)), all, []byte{255, 255, 255, 128, 128, 128, 0, 0, 0}},
		{"deep, all alike", smallTIFF(2, 1, 16, blackIsZero, deepSamples(9, 9)), all, make([]byte, 6)},
		{"a colour in 16 bits", smallTIFF(1, 3, 16, rgb, deepSamples(0x1234, 0xff00, 0xff)), picture.Options{}, []byte{0x12, 0xff, 0}},
		{
			"colours times their alpha", smallTIFF(4, 4, 8, rgb, []byte{10, 20, 30, 0, 10, 20, 30, 255, 10, 20, 30, 51, 200, 20, 30, 128}, associated),
			picture.Options{},
			[]byte{0, 0, 0, 10, 20, 30, 50, 100, 150, 255, 39, 59},
		},
		{"inks", smallTIFF(3, 4, 8, cmyk, []byte{0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 255}), picture.Options{}, []byte{255, 255, 255, 0, 255, 255, 0, 0, 0}},
		{"bands in another order", smallTIFF(1, 3, 8, rgb, []byte{1, 2, 3}), picture.Options{Bands: [3]int{3, 1, 2}}, []byte{3, 1, 2}},
		{"a band that there is not", smallTIFF(1, 3, 8, rgb, []byte{1, 2, 3}), picture.Options{Bands: [3]int{3, 1, 4}}, []byte{1, 2, 3}},
		{"two bands", smallTIFF(1, 2, 8, blackIsZero, []byte{1, 2}), picture.Options{}, []byte{1, 1, 1}},
		{"the second of two bands", smallTIFF(1, 2, 8, blackIsZero, []byte{1, 2}), picture.Options{Bands: [3]int{2, 1, 2}}, []byte{2, 1, 2}},
		{"turned around", smallTIFF(2, 1, 8, blackIsZero, []byte{1, 2}, tag{274, 3, 1, 3}), picture.Options{}, []byte{2, 2, 2, 1, 1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			image, err := picture.Decode(t.Context(), tt.data, tt.options)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(image.Pix, tt.want) {
				t.Errorf("pixels %v, want %v", image.Pix, tt.want)
			}
		})
	}
}

// TestRangesOfWhiteIsZero says from which value to which a band was stretched: the
// highest became 0.
func TestRangesOfWhiteIsZero(t *testing.T) {
	t.Parallel()
	o := picture.Options{Stretch: &picture.Stretch{Low: 0, High: 100}}
	for photometric, want := range map[uint32]picture.Range{0: {From: 300, To: 100}, 1: {From: 100, To: 300}} {
		image, err := picture.Decode(t.Context(), smallTIFF(3, 1, 16, photometric, deepSamples(100, 200, 300)), o)
		if err != nil {
			t.Fatal(err)
		}
		if len(image.Stretched) != 3 || image.Stretched[0] != want || image.Stretched[2] != want {
			t.Errorf("photometric %d: stretched by %v, want three times %v", photometric, image.Stretched, want)
		}
	}
}

// TestTIFFsThatAreTooMuch are refused by their headers.
func TestTIFFsThatAreTooMuch(t *testing.T) {
	t.Parallel()
	const short, long = 3, 4
	strip := func(rows uint32) []byte {
		return tiffOf(make([]byte, 100), 0, tag{256, long, 1, 10}, tag{257, long, 1, 10}, tag{258, short, 1, 8}, tag{262, short, 1, 1},
			tag{322, long, 1, 16 * rows}, tag{323, long, 1, 16}, tag{324, long, 1, 8}, tag{325, long, 1, 100}, tag{259, short, 1, 8})
	}
	for _, tt := range []struct {
		name string
		data []byte
		most int // pixels
		kind error
		says string
	}{
		{"a tile of 8 bytes for each pixel of the limit", strip(16), 512, picture.ErrCorrupt, ""},
		{"a tile of more", strip(17), 512, picture.ErrTooLarge, "a strip or tile unpacks to 4352 bytes, more than 8 for each of 512 pixels"},
	} {
		_, err := picture.Decode(t.Context(), tt.data, picture.Options{MaxPixels: tt.most})
		if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.kind)
		}
	}
}
