// Package preprocess turns pictures into a vision tower's input, with the same
// bits as transformers' SiglipImageProcessor on Pillow.
package preprocess

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/seed-74198975/rsclip/inference/picture"
)

// Spec is a checkpoint's preprocessing: resize to Width x Height, squashing
// and not cropping; multiply by RescaleFactor; subtract Mean and divide by Std
// by channel.
type Spec struct {
	Height        int
	Width         int
	Resample      int // Pillow's number of the filter: 2 bilinear, 3 bicubic
	RescaleFactor float64
	Mean          [3]float64
	Std           [3]float64
}

// Processor applies a [Spec]. It may be used at the same time.
type Processor struct {
	spec   Spec
	filter filter
	// values are the float32 of each 8-bit value, by channel.
	values [3][256]float32
	// scratch holds *buffers.
	scratch sync.Pool
}

// buffers are the intermediate results of one picture.
type buffers struct {
	rows, resized []byte
	// Those of the last picture's size, which the next one often has.
	across, down axis
}

// New checks a spec.
func New(s Spec) (*Processor, error) {
	f, ok := filters[s.Resample]
	switch {
	case !ok:
		return nil, fmt.Errorf("preprocessing: resample is %d: must be 2, bilinear, or 3, bicubic", s.Resample)
	case s.Width < 1 || s.Height < 1:
		return nil, fmt.Errorf("preprocessing: size is %d x %d: must be positive", s.Width, s.Height)
	case slices.Contains(s.Std[:], 0):
		return nil, fmt.Errorf("preprocessing: std is %v: must not be 0", s.Std)
	}
	p := &Processor{spec: s, filter: f, scratch: sync.Pool{New: func() any { return new(buffers) }}}
	for c := range p.values {
		mean, std := float32(s.Mean[c]), float32(s.Std[c])
		for v := range p.values[c] {
			// NumPy multiplies in float64, rounds, and goes on in float32.
			rescaled := float32(float64(v) * s.RescaleFactor)
			p.values[c][v] = (rescaled - mean) / std
		}
	}
	return p, nil
}

// Elements returns how many pixels and values a picture has: 3 x height x width.
func (p *Processor) Elements() int { return 3 * p.spec.Height * p.spec.Width }

// Cost returns the most bytes that Pixels holds beside the picture of that size
// and what it writes: all rows at their new width, the weights of both axes, and
// the picture at its new size.
func (p *Processor) Cost(width, height int) int64 {
	rows := int64(3*p.spec.Width) * int64(height)
	return rows + p.filter.bytes(width, p.spec.Width) + p.filter.bytes(height, p.spec.Height) + int64(3*p.spec.Width*p.spec.Height)
}

// maxKept bounds the buffers that are kept for later pictures, in bytes.
const maxKept = 4 << 20

// Pixels writes the resized picture to out, which has Elements elements: red, green
// and blue planes, each row by row. It ends with ctx's error soon after ctx does.
func (p *Processor) Pixels(ctx context.Context, out []uint8, image *picture.Image) error {
	b := p.scratch.Get().(*buffers)
	defer func() {
		if cap(b.rows) <= maxKept {
			p.scratch.Put(b)
		}
	}()
	width, height := p.spec.Width, p.spec.Height

	pix := image.Pix
	if image.Width != width {
		b.rows = grown(b.rows, 3*width*image.Height)
		// Each pixel is read with the byte after it.
		if err := b.across.of(p.filter, image.Width, width).rows(ctx, b.rows, slices.Grow(pix, 1), image.Height); err != nil {
			return err
		}
		pix = b.rows
	}
	if image.Height != height {
		b.resized = grown(b.resized, 3*width*height)
		if err := b.down.of(p.filter, image.Height, height).columns(ctx, b.resized, pix, 3*width); err != nil {
			return err
		}
		pix = b.resized
	}
	for y := range height {
		p.planes(out, pix[3*width*y:][:3*width], y)
	}
	return nil
}

// grown returns memory of n bytes, s's where it is enough.
func grown(s []byte, n int) []byte { return slices.Grow(s[:0], n)[:n] }

// planes writes one row of pixels to the three planes.
func (p *Processor) planes(out []uint8, row []byte, y int) {
	width := p.spec.Width
	plane := width * p.spec.Height
	for c := range 3 {
		to := out[c*plane+y*width:][:width]
		for x := range to {
			to[x] = row[3*x+c]
		}
	}
}

// Normalize writes what the reference's tensor has for the pixels that Pixels
// wrote.
func (p *Processor) Normalize(out []float32, pixels []uint8) {
	plane := p.spec.Width * p.spec.Height
	for c := range p.values {
		values, to := &p.values[c], out[c*plane:][:plane]
		for i, v := range pixels[c*plane:][:plane] {
			to[i] = values[v]
		}
	}
}

// Arithmetic returns numbers, by channel, for which float32(v) / divisor - offset
// has the bits that Normalize writes for every pixel v. Of a spec that has none it
// returns false.
func (p *Processor) Arithmetic() (divisor, offset [3]float32, ok bool) {
	for c := range p.values {
		std := p.spec.Std[c]
		divisor[c], offset[c] = float32(std/p.spec.RescaleFactor), float32(p.spec.Mean[c]/std)
		for v, want := range p.values[c] {
			if got := float32(float32(v)/divisor[c]) - offset[c]; math.Float32bits(got) != math.Float32bits(want) {
				return divisor, offset, false
			}
		}
	}
	return divisor, offset, true
}
