package fax_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/seed-74198975/rsclip/inference/fax"
)

// packed makes bytes of bits, filled up with zeros.
func packed(bits string) []byte {
	var out []byte
	n := 0
	for _, bit := range bits {
		if bit == ' ' {
			continue
		}
		if n%8 == 0 {
			out = append(out, 0)
		}
		if bit == '1' {
			out[n/8] |= 0x80 >> (n % 8)
		}
		n++
	}
	return out
}

const (
	mark    = "000000000001"
	white3  = "1000"
	black2  = "11"
	white0  = "00110101"
	black8  = "000101"
	white8  = "10011"
	white64 = "11011"
)

// TestRows has rows that can be told by hand.
func TestRows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		format      fax.Format
		width, rows int
		bits        string
		want        []byte
	}{
		{"runs", fax.RLE, 8, 2, white3 + black2 + white3 + "000000" + white0 + black8, []byte{0b00011000, 0xff}},
		{"runs in words", fax.RLEWords, 8, 2, white8 + "00000000000" + white0 + black8, []byte{0, 0xff}},
		{"a long run", fax.RLE, 72, 1, white64 + white8, make([]byte, 9)},
		{"marks", fax.Group3, 8, 2, mark + white3 + black2 + white3 + mark + white8, []byte{0b00011000, 0}},
		{"marks with fill bits", fax.Group3, 8, 2, "0000" + mark + white8 + "0000000000000" + mark + white0 + black8, []byte{0, 0xff}},
		{"no marks", fax.Group3, 8, 2, white8 + white0 + black8, []byte{0, 0xff}},
		{"two dimensions, the second row a pixel to the right", fax.Group3TwoDimensions, 8, 2, mark + "1" + white3 + black2 + white3 + mark + "0" + "011" + "011" + "1", []byte{0b00011000, 0b00001100}},
		{"changes", fax.Group4, 8, 3, "001" + white3 + black2 + "1" + "010 010 1" + "0001 1", []byte{0b00011000, 0b00110000, 0}},
		{"fewer rows than there should be", fax.Group4, 8, 3, "1" + mark + mark, []byte{0}},
		{"nothing", fax.Group3, 8, 3, "", []byte{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := fax.Decode(context.Background(), packed(tt.bits), tt.format, tt.width, tt.rows)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("rows %08b, want %08b", got, tt.want)
			}
		})
	}
}

// TestNoRows has codes that are none, and rows that are too long.
func TestNoRows(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		format fax.Format
		bits   string
	}{
		"no code":                        {fax.RLE, "0000000000000000"},
		"a run beyond the width":         {fax.RLE, white64 + white3},
		"runs of 64 without end":         {fax.RLE, white64 + white64 + white64 + white8},
		"no mode":                        {fax.Group4, "0000000 1"},
		"a change before the first one":  {fax.Group4, "001" + white3 + black2 + "0000010"},
		"changes that go nowhere":        {fax.Group4, "001" + white0 + "0000110111" + string(bytes.Repeat([]byte("001"+white0+"0000110111"), 20))},
		"a second row that is too long":  {fax.Group3, mark + white8 + mark + white64},
		"the first row is not a new one": {fax.Group3TwoDimensions, mark + "0" + "0000000"},
	} {
		if _, err := fax.Decode(context.Background(), packed(tt.bits), tt.format, 8, 2); !errors.Is(err, fax.ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", name, err)
		}
	}
}

// TestStops ends with its context.
func TestStops(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := fax.Decode(ctx, packed(white8), fax.RLE, 8, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want Canceled", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, bits := range []string{white3 + black2 + white3, mark + white8 + mark + white64, "001" + white3 + black2 + "1" + "010 010 1" + "0001 1", mark + "1" + white8 + mark + "0 1"} {
		for format := range fax.Group4 + 1 {
			f.Add(packed(bits), int(format), 8, 3)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, format, width, rows int) {
		if format < 0 || format > int(fax.Group4) || width < 1 || width > 1<<12 || rows < 0 || rows > 1<<10 {
			return
		}
		out, err := fax.Decode(context.Background(), data, fax.Format(format), width, rows)
		switch size := (width + 7) / 8; {
		case err != nil && !errors.Is(err, fax.ErrCorrupt):
			t.Errorf("an error of no kind: %v", err)
		case len(out) > rows*size || len(out)%size != 0:
			t.Errorf("%d bytes for %d rows of %d", len(out), rows, size)
		}
	})
}
