package picture

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/jpeg2000"
)

// inspectJPEG2000 knows the cost of a JPEG 2000: what the process takes that decodes
// it, its samples here, those of one band for each pixel, of its alpha, and ours.
func inspectJPEG2000(data []byte, _ Options) (Cost, error) {
	h, err := jpeg2000.ReadHeader(data)
	if err != nil {
		return Cost{}, err
	}
	c := Cost{Width: h.Width, Height: h.Height}
	c.Bytes = int64(h.DecodedBytes(len(data))) + 4*int64(h.Samples()) + (2*4+1+3)*c.pixels() + 32<<20
	c.Work = h.Work(len(data))
	return c, nil
}

// decodeJPEG2000 decodes a JPEG 2000, in a process of its own. Deep samples, as
// Sentinel-2's bands have, are shown as those of a TIFF.
func decodeJPEG2000(ctx context.Context, data []byte, o Options) (*Image, error) {
	h, err := jpeg2000.ReadHeader(data)
	if err != nil {
		return nil, err
	}
	p, err := jpeg2000.Decode(ctx, data, h, 0)
	if errors.Is(err, jpeg2000.ErrTooLarge) {
		return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	if err != nil {
		return nil, err
	}
	first := p.Components[0]
	i := &geotiff.Image{Width: first.Width, Height: first.Height, Bands: len(p.Components), Photometric: geotiff.BlackIsZero, Colors: 1}
	if len(p.Components) > 2 {
		i.Photometric, i.Colors = geotiff.RGB, 3
	}
	i.Type = geotiff.SampleType{Format: geotiff.Unsigned, Bits: first.Bits}
	if first.Signed {
		i.Type = geotiff.SampleType{Format: geotiff.Signed, Bits: 8 * first.SampleBytes()}
	}
	s := &shower{Image: i, options: o, out: newImage(first.Width, first.Height), held: make([]bool, first.Width*first.Height)}
	for n := range p.Components {
		c := &p.Components[n]
		if c.Bits != first.Bits || c.Signed != first.Signed {
			return nil, unsupported("its components have %d and %d bits: write one type with gdal_translate -ot", first.Bits, c.Bits)
		}
		if c.Alpha {
			s.mask = componentBand(c, i)
		}
	}
	bands := wantedBands(i, o.Bands)
	err = s.showAll(ctx, bands, func(n int) geotiff.Band { return componentBand(&p.Components[bands[n]], i) })
	if err != nil {
		return nil, err
	}
	if p.YCbCr && i.Colors == 3 && o.Bands == [3]int{} {
		fromYCbCr(s.out.Pix)
	}
	return s.finish(), nil
}

// componentBand returns the samples of a component for each pixel of a picture; one
// with fewer samples has each for several pixels.
func componentBand(c *jpeg2000.Component, i *geotiff.Image) geotiff.Band {
	order := binary.LittleEndian
	switch {
	case c.SampleBytes() == 1 && !c.Signed:
		return &geotiff.Samples[uint8]{Values: spread(c, i, func(at int) uint8 { return c.Samples[at] })}
	case c.SampleBytes() == 1:
		return &geotiff.Samples[int16]{Values: spread(c, i, func(at int) int16 { return int16(int8(c.Samples[at])) })} //nolint:gosec // Signed.
	case c.SampleBytes() == 2 && !c.Signed:
		return &geotiff.Samples[uint16]{Values: spread(c, i, func(at int) uint16 { return order.Uint16(c.Samples[2*at:]) })}
	case c.SampleBytes() == 2:
		return &geotiff.Samples[int16]{Values: spread(c, i, func(at int) int16 { return int16(order.Uint16(c.Samples[2*at:])) })} //nolint:gosec // Signed.
	case !c.Signed:
		return &geotiff.Samples[uint32]{Values: spread(c, i, func(at int) uint32 { return order.Uint32(c.Samples[4*at:]) })}
	}
	return &geotiff.Samples[int32]{Values: spread(c, i, func(at int) int32 { return int32(order.Uint32(c.Samples[4*at:])) })} //nolint:gosec // Signed.
}

func spread[T geotiff.Number](c *jpeg2000.Component, i *geotiff.Image, sample func(int) T) []T {
	out := make([]T, i.Width*i.Height)
	for y := range i.Height {
		row := y * c.Height / i.Height * c.Width
		for x := range i.Width {
			out[y*i.Width+x] = sample(row + x*c.Width/i.Width)
		}
	}
	return out
}

// fromYCbCr turns luma and chroma of 8 bits into red, green and blue.
// Source: ITU-T T.871 (JFIF), 7.
func fromYCbCr(pix []byte) {
	clip := func(v float64) byte { return byte(min(max(v+0.5, 0), 255)) }
	for i := 0; i+3 <= len(pix); i += 3 {
		y, cb, cr := float64(pix[i]), float64(pix[i+1])-128, float64(pix[i+2])-128
		pix[i], pix[i+1], pix[i+2] = clip(y+1.402*cr), clip(y-0.344136*cb-0.714136*cr), clip(y+1.772*cb)
	}
}
