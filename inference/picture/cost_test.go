package picture_test

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

// TestWhatAPixelTakes compares what headers tell of with what decoders hold of each
// pixel, in bytes, and with about how long they take for it, in nanoseconds. The
// pictures are large, so that what each takes besides is little.
func TestWhatAPixelTakes(t *testing.T) {
	t.Parallel()
	const width, height = 1000, 12000
	const process = float64(96<<20) / (width * height)
	const codes = float64(2600*(5004*4+1024)) / (width * height)
	tiff := func(bands, bits, format int) []byte {
		return hostile.TIFF{Width: width, Height: height, Bands: bands, Bits: bits, Format: format}.Bytes()
	}
	file := read(t, "delta-420.jpg")
	baseline := put(file, jpegSize(file), binary.BigEndian, [2]uint16{height, width})
	turned := hostile.TIFF{Width: width, Height: height, Bands: 3, Bits: 8, Format: 1, Orientation: 3}.Bytes()
	for _, tt := range []struct {
		name        string
		data        []byte
		bytes, work float64 // of a pixel
	}{
		// Go's picture, and 3 bytes of ours. Unpacking takes 5 ns a byte, and showing 8 ns.
		{"PNG of a bit", hostile.PNG(width, height, 1, 0, false), 1 + 3, 5./8 + 8},
		{"PNG of a palette", hostile.PNG(width, height, 8, 3, false), 1 + 3, 5 + 8},
		{"PNG in colours", hostile.PNG(width, height, 8, 2, false), 4 + 3, 3*5 + 8},
		{"PNG in grey with alpha", hostile.PNG(width, height, 8, 4, false), 4 + 3, 2*5 + 8},
		{"PNG in colours with alpha", hostile.PNG(width, height, 8, 6, false), 4 + 3, 4*5 + 8},
		{"PNG of 16 bits of grey", hostile.PNG(width, height, 16, 0, false), 8 + 3, 2*5 + 8},
		{"PNG of 16 bits with alpha", hostile.PNG(width, height, 16, 6, false), 8 + 3, 8*5 + 8},
		{"PNG in colours, interlaced", hostile.PNG(width, height, 8, 2, true), 2*4 + 3, 3*5 + 8},
		{"PNG of 16 bits with alpha, interlaced", hostile.PNG(width, height, 16, 6, true), 2*8 + 3, 8*5 + 8},
		// Ours. Only one with several scans holds its coefficients, of 2 bytes.
		{"JPEG in one scan, half of its colours", baseline, 3, 4 + 1.5*4},
		{"JPEG in several scans", hostile.JPEG(width, height, 3, 1), 3 + 3*2, 4 + 3*4 + 1},
		{"GIF", hostile.GIF(width, height, false), 2 + 3, 15},
		{"BMP of runs", hostile.BMP(width, height), 1 + 3, 15},
		// Two canvases of 4 bytes, another picture, its transforms and its plane of alpha,
		// ours, and the codes.
		{"WebP without loss", hostile.WebP(width, height), 4 + 4 + 4 + 1 + 1 + 3 + codes, 15},
		// OpenJPEG's samples and tile, of 12 bytes; 4 each here; 12 of a band, alpha and
		// ours; and the process.
		{"JPEG 2000 in colours", hostile.JPEG2000(width, height, 3), 3*(12+4) + 12 + process, 3*15 + 50},
		{"JPEG 2000 in grey", hostile.JPEG2000(width, height, 1), 12 + 4 + 12 + process, 15 + 50},
		// Ours, whether it holds something, and the bands; deep ones are stretched.
		{"TIFF of a byte", tiff(1, 8, 1), 3 + 1 + 1, 10 + 10 + 5},
		{"TIFF of three bytes", tiff(3, 8, 1), 3 + 1 + 3, 10 + 3*(10+5)},
		{"TIFF of floats", tiff(3, 32, 3), 3 + 1 + 3*4, 10 + 3*(10+20+4*5)},
		{"TIFF of doubles", tiff(1, 64, 3), 3 + 1 + 8, 10 + 10 + 20 + 8*5},
		{"TIFF that is turned", turned, 3 + 1 + 3 + 3, 10 + 3*(10+5) + 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cost, err := picture.Inspect(tt.data, picture.Options{MaxPixels: 2 * picture.DefaultMaxPixels})
			if err != nil {
				t.Fatal(err)
			}
			bytes, work := float64(cost.Bytes)/(width*height), float64(cost.Work)/(width*height)
			if bytes < tt.bytes || bytes > tt.bytes+0.99 { // Which are 11 MiB.
				t.Errorf("%.2f bytes a pixel, want %v and what is taken besides", bytes, tt.bytes)
			}
			if math.Abs(work-tt.work) > 0.07*tt.work {
				t.Errorf("%.2f ns a pixel, want about %v", work, tt.work)
			}
		})
	}
}

// TestManyScansCostMore compares JPEGs of the same pixels.
func TestManyScansCostMore(t *testing.T) {
	t.Parallel()
	const width, height = 2048, 1024
	inspect := func(scans int) (picture.Cost, error) {
		return picture.Inspect(hostile.JPEG(width, height, 3, scans), picture.Options{MaxPixels: width * height})
	}
	few, err := inspect(3)
	if err != nil {
		t.Fatal(err)
	}
	many, err := inspect(12)
	if err != nil {
		t.Fatal(err)
	}
	if few.Bytes != many.Bytes {
		t.Errorf("the coefficients of 12 scans take %d bytes more than those of 3", many.Bytes-few.Bytes)
	}
	if more := many.Work - few.Work; more < width*height || more > 20*width*height {
		t.Errorf("9 more scans take %d ns for %d pixels", more, width*height)
	}
	if _, err := inspect(5000); !errors.Is(err, picture.ErrTooLarge) {
		t.Errorf("of 5,000 scans: %v", err)
	}
}
