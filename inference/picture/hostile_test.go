package picture_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

// TestChunksOfNothing inspects PNGs of a pixel and two million empty chunks.
func TestChunksOfNothing(t *testing.T) {
	t.Parallel()
	const header = 8 + 12 + 13
	empty := []byte{0, 0, 0, 0, 'a', 'a', 'A', 'a'}
	empty = binary.BigEndian.AppendUint32(empty, crc32.ChecksumIEEE(empty[4:]))
	for _, color := range []int{2, 3} {
		file := hostile.PNG(1, 1, 8, color, false)
		for count, want := range map[int]error{0: nil, 60_000: nil, 2_000_000: picture.ErrTooLarge} {
			data := slices.Concat(file[:header], bytes.Repeat(empty, count), file[header:])
			if _, err := picture.Inspect(data, picture.Options{}); !errors.Is(err, want) {
				t.Errorf("colour type %d, %d chunks: %v, want %v", color, count, err, want)
			}
		}
	}
}

// TestPiecesOfTheSameBytes inspects TIFFs whose pieces all claim the same bytes, and
// whose bytes were chosen to be dear: tables of JPEG that each piece reads anew, and
// deflate that unpacks to little. What they cost must be known before.
func TestPiecesOfTheSameBytes(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	for range 40_000 {
		if err := w.Flush(); err != nil { // A block of nothing.
			t.Fatal(err)
		}
	}
	if _, err := w.Write(make([]byte, 64*64)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	tables := append([]byte{0xff, 0xd8}, bytes.Repeat(append([]byte{0xff, 0xfe, 0xff, 0x02}, make([]byte, 0xff00)...), 15)...)
	for name, file := range map[string]hostile.TIFF{
		"tables":  {Compression: 7, Strip: []byte{0xff, 0xd8, 0xff, 0xd9}, Tables: append(tables, 0xff, 0xd9)},
		"deflate": {Compression: 8, Strip: packed.Bytes()},
	} {
		file.Width, file.Height, file.Bands, file.Bits, file.Format = 64, 64*1000, 1, 8, 1
		data := file.Bytes()
		if _, err := picture.Inspect(data, picture.Options{}); !errors.Is(err, picture.ErrTooLarge) {
			t.Errorf("%s, %d bytes: %v, want ErrTooLarge", name, len(data), err)
		}
		file.Height = 64
		if _, err := picture.Inspect(file.Bytes(), picture.Options{}); err != nil {
			t.Errorf("%s in one piece: %v", name, err)
		}
	}
}

// TestPixelsOfNothing has pictures whose deflate is nothing but tables for the most
// part. If they are more than their pixels can need, the header tells. Otherwise
// decoding ends when it has taken far longer than the header tells.
func TestPixelsOfNothing(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out what decodes for seconds")
	}
	const side = 4000
	row := 1 + 3*side
	much := hostile.Zlib(hostile.Nothing(side*row), make([]byte, side*row))
	few := hostile.Zlib(hostile.Nothing(32<<20), make([]byte, 4))
	some := hostile.Zlib(hostile.Nothing(32<<10), make([]byte, 4))
	tiff := func(side, bands int, strip []byte) []byte {
		return hostile.TIFF{Width: side, Height: side, Rows: side, Bands: bands, Bits: 8, Format: 1, Compression: 8, Strip: strip}.Bytes()
	}
	for name, tt := range map[string]struct {
		file            []byte
		inspect, decode error
	}{
		"PNG, a little of nothing":        {hostile.PNGOf(1, 1, 8, 2, 0, some), nil, nil},
		"PNG, more than a pixel needs":    {hostile.PNGOf(1, 1, 8, 2, 0, few), picture.ErrTooLarge, picture.ErrTooLarge},
		"PNG, as much as its pixels":      {hostile.PNGOf(side, side, 8, 2, 0, much), nil, picture.ErrTooLarge},
		"TIFF, a little of nothing":       {tiff(2, 1, some), nil, nil},
		"TIFF, more than its pixels need": {tiff(2, 1, few), picture.ErrTooLarge, picture.ErrTooLarge},
		"TIFF, as much as its pixels":     {tiff(side, 3, much), nil, picture.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := picture.Inspect(tt.file, picture.Options{}); !errors.Is(err, tt.inspect) {
				t.Errorf("inspected: %v, want %v", err, tt.inspect)
			}
			image, err := picture.Decode(t.Context(), tt.file, picture.Options{})
			if !errors.Is(err, tt.decode) {
				t.Errorf("decoded: %v, want %v", err, tt.decode)
			}
			if err == nil {
				image.Release()
			}
		})
	}
}
