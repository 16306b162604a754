package picture

import (
	"context"
	"encoding/binary"
	"image"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/interrupt"
)

// deepSamples are the pixels of a PNG of 16 bits, to be shown as those of a TIFF are.
type deepSamples struct {
	*geotiff.Image
	pix  []byte
	step int // bytes of a pixel
	// alpha is where the alpha of a pixel is, 0 for none.
	alpha int
}

// deepPNG describes the samples of a PNG of 16 bits in colours.
func deepPNG(width, height int) *geotiff.Image {
	return &geotiff.Image{Width: width, Height: height, Bands: 3, Colors: 3, Photometric: geotiff.RGB, Type: geotiff.SampleType{Format: geotiff.Unsigned, Bits: 16}}
}

// deepOf returns the samples of Go's picture, if they have 16 bits. One of grey with
// alpha has its grey three times, of which the first is shown.
func deepOf(decoded image.Image, grey bool) (deepSamples, bool) {
	size := decoded.Bounds().Size()
	d := deepSamples{Image: deepPNG(size.X, size.Y), step: 8}
	switch in := decoded.(type) {
	case *image.Gray16:
		d.pix, d.step = in.Pix, 2
	case *image.RGBA64:
		d.pix = in.Pix
	case *image.NRGBA64:
		d.pix, d.alpha = in.Pix, 6
	default:
		return d, false
	}
	if grey {
		d.Bands, d.Colors, d.Photometric = 1, 1, geotiff.BlackIsZero
	}
	return d, true
}

// show shows the samples. Pixels whose alpha is 0 hold no data.
func (d deepSamples) show(ctx context.Context, o Options) (*Image, error) {
	pixels := d.Width * d.Height
	s := &shower{Image: d.Image, options: o, out: newImage(d.Width, d.Height), held: make([]bool, pixels)}
	if d.alpha > 0 {
		mask := make([]uint8, pixels)
		if err := interrupt.Parts(ctx, pixels, func(from, to int) {
			for i := from; i < to; i++ {
				mask[i] = d.pix[i*d.step+d.alpha] | d.pix[i*d.step+d.alpha+1]
			}
		}); err != nil {
			return nil, err
		}
		s.mask = &geotiff.Samples[uint8]{Values: mask}
	}
	band := &geotiff.Samples[uint16]{Values: make([]uint16, pixels)} // one after another
	err := s.showAll(ctx, []int{0, 1, 2}[:d.Bands], func(n int) geotiff.Band {
		for i := range band.Values {
			band.Values[i] = binary.BigEndian.Uint16(d.pix[i*d.step+2*n:])
		}
		return band
	})
	if err != nil {
		return nil, err
	}
	return s.finish(), nil
}
