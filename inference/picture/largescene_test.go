package picture_test

import (
	"context"
	"encoding/binary"
	"math"
	"sync/atomic"
	"testing"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/picture"
)

// ramp is a TIFF of 16 bits in tiles, far larger than what is read of it. A pixel's
// value is its column and its row together.
type ramp struct {
	header        []byte
	width, height int
	read          atomic.Int64 // bytes of tiles
}

const tileSide = 256

// newRamp makes a ramp whose sides are whole tiles, in degrees if a pixel has some.
func newRamp(width, height int, degrees, north float64, keys ...uint16) *ramp {
	const short, long, double = 3, 4, 12
	across, down := width/tileSide, height/tileSide
	n := uint32(across * down) //nolint:gosec // Small.
	tags := []tag{
		{256, long, 1, uint32(width)}, {257, long, 1, uint32(height)}, {258, short, 1, 16}, {259, short, 1, 1}, {262, short, 1, 1}, //nolint:gosec // Small.
		{322, short, 1, tileSide}, {323, short, 1, tileSide},
	}
	tail := make([]byte, 0, 8*n)
	after := 8 + 8*n + 200 + 2 + 12*12 + 4
	for i := range n {
		tail = binary.LittleEndian.AppendUint32(tail, after+i*2*tileSide*tileSide)
	}
	for range n {
		tail = binary.LittleEndian.AppendUint32(tail, 2*tileSide*tileSide)
	}
	tags = append(tags, tag{324, long, n, 8}, tag{325, long, n, 8 + 4*n})
	place := 8 + 8*n
	for _, v := range []float64{degrees, degrees, 0, 0, 0, 0, 10, north, 0} {
		tail = binary.LittleEndian.AppendUint64(tail, math.Float64bits(v))
	}
	if len(keys) == 0 {
		keys = []uint16{1, 1, 0, 1, 1024, 0, 1, 2} // A geographic model.
	}
	for _, v := range keys {
		tail = binary.LittleEndian.AppendUint16(tail, v)
	}
	tail = append(tail, make([]byte, 200-9*8-2*len(keys))...)
	if degrees != 0 {
		tags = append(tags, tag{33550, double, 3, place}, tag{33922, double, 6, place + 24}, tag{34735, short, uint32(len(keys)), place + 72}) //nolint:gosec // Few.
	} else {
		tags = append(tags, tag{65000, short, 1, 0}, tag{65001, short, 1, 0}, tag{65002, short, 1, 0})
	}
	return &ramp{header: tiffOf(tail, 0, tags...), width: width, height: height}
}

func (r *ramp) size() int64 { return int64(len(r.header) + 2*r.width*r.height) }

func (r *ramp) ReadAt(p []byte, at int64) (int, error) {
	n := 0
	if at < int64(len(r.header)) {
		n = copy(p, r.header[at:])
	}
	r.read.Add(int64(len(p) - n))
	for ; n < len(p); n++ {
		i := int(at) + n - len(r.header)
		pixel, tile := i/2%(tileSide*tileSide), i/2/(tileSide*tileSide)
		across := r.width / tileSide
		v := tile%across*tileSide + pixel%tileSide + tile/across*tileSide + pixel/tileSide
		p[n] = byte(v >> (8 * (i % 2)))
	}
	return n, nil
}

// TestPercentilesOfALargeScene reads half of it. The windows lie evenly from
// corner to corner, so that the percentiles are about those of all pixels.
func TestPercentilesOfALargeScene(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out large pictures")
	}
	r := newRamp(2048, 8192, 0, 0)
	s, err := picture.OpenScene(context.Background(), r, r.size(), 0, picture.Options{Stretch: &picture.Stretch{Low: 0, High: 100}})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.read.Load(); got > r.size()*5/8 || got < 64*2*256*256 {
		t.Errorf("%d bytes were read of %d", got, r.size())
	}
	image, err := s.Show(context.Background(), geotiff.Window{X: 1000, Y: 4000, Width: 3, Height: 2})
	if err != nil {
		t.Fatal(err)
	}
	const last = 2047 + 8191
	want := picture.Range{From: 0, To: last}
	for _, got := range image.Stretched {
		if got != want {
			t.Errorf("stretched by %v, want %v, the values of the corners", got, want)
		}
	}
	for i := range 6 {
		if want := byte(float64(5000+i%3+i/3)/last*255 + 0.5); image.Pix[3*i] != want || image.Pix[3*i+2] != want {
			t.Errorf("pixel %d is %v, want %d", i, image.Pix[3*i:3*i+3], want)
		}
	}
	middle, err := picture.OpenScene(context.Background(), r, r.size(), 0, picture.Options{Stretch: &picture.Stretch{Low: 10, High: 50}})
	if err != nil {
		t.Fatal(err)
	}
	if image, err = middle.Show(context.Background(), geotiff.Window{Width: 1, Height: 1}); err != nil {
		t.Fatal(err)
	}
	// A tenth of the ramp is below the root of a fifth of its area.
	if got, want := image.Stretched[0], (picture.Range{From: math.Sqrt(0.2 * 2048 * 8192), To: last / 2}); math.Abs(got.From-want.From) > last/32 || math.Abs(got.To-want.To) > last/64 {
		t.Errorf("stretched by %v, want about %v", got, want)
	}
}

// TestMetresOfWebMercator has pixels of 10 units, which are half as wide at 60 degrees.
// The height is that of EPSG's method 1024: R ln(tan(45° + latitude/2)).
func TestMetresOfWebMercator(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ middle, metres float64 }{{0, 10}, {8_399_737.89, 5}, {-8_399_737.89, 5}} {
		r := newRamp(512, 512, 10, tt.middle+2560, 1, 1, 0, 2, 1024, 0, 1, 1, 3072, 0, 1, 3857)
		s, err := picture.OpenScene(context.Background(), r, r.size(), 0, picture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Metres(); math.Abs(got-tt.metres) > 1e-6 {
			t.Errorf("at a height of %v a pixel is %v m wide, want %v", tt.middle, got, tt.metres)
		}
	}
}

// TestMetresOfDegrees has pixels of the same angle: they are narrower to the north.
func TestMetresOfDegrees(t *testing.T) {
	t.Parallel()
	const degrees = 9. / 111_320 // 9 m at the equator
	for _, tt := range []struct{ middle, metres float64 }{{0, 9}, {60, 4.5}, {-60, 4.5}} {
		r := newRamp(512, 512, degrees, tt.middle+256*degrees)
		s, err := picture.OpenScene(context.Background(), r, r.size(), 9, picture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Metres(); math.Abs(got-tt.metres) > 0.001*tt.metres {
			t.Errorf("at a latitude of %v a pixel is %v m wide, want %v", tt.middle, got, tt.metres)
		}
		if x, y := s.Scale(); x != 1 || y != 1 {
			t.Errorf("the scale is %v and %v", x, y)
		}
	}
	s, err := openScene(t, "placed-overviews.tif", 20, picture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if x, y := s.Scale(); x != 37./19 || y != 29./15 || math.Abs(s.Metres()-10*x) > 1e-9 {
		t.Errorf("half of a scene of 10 m is %v x %v of its pixels, of %v m", x, y, s.Metres())
	}
	if s, err = openScene(t, "uint8.tif", 0, picture.Options{}); err != nil || s.Metres() != 0 {
		t.Errorf("a scene without a place has pixels of %v m: %v", s.Metres(), err)
	}
}
