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
	if h.Components == 4 { // They may be inks, of which one is shown apart.
		c.Bytes += 3 * c.pixels()
	}
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
	switch {
	case p.CMYK:
		i.Photometric, i.Colors = geotiff.CMYK, 4
	case len(p.Components) > 2:
		i.Photometric, i.Colors = geotiff.RGB, 3
	}
	i.Type = geotiff.SampleType{Format: geotiff.Unsigned, Bits: first.Bits}
	if first.Signed {
		i.Type.Format = geotiff.Signed
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
	if i.Photometric == geotiff.CMYK && len(bands) == 4 {
		if err := s.mixInk(ctx, componentBand(&p.Components[3], i)); err != nil {
			return nil, err
		}
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

// plainJPEG2000 returns how Pillow shows samples: it moves them to 8 bits, or to 16
// bits if there is one deep component, which it then clips at 255.
func plainJPEG2000[T geotiff.Number](i *geotiff.Image) func(T) byte {
	offset, deepGrey := int64(0), i.Bands == 1 && i.Type.Bits > 8
	if i.Type.Format == geotiff.Signed {
		offset = 1 << (i.Type.Bits - 1)
	}
	left := 8 - i.Type.Bits
	if deepGrey {
		left = 16 - i.Type.Bits
	}
	right := max(0, -left)
	if right > 0 {
		offset += 1 << (right - 1)
	}
	return func(v T) byte {
		moved := (int64(v) + offset) << max(0, left) >> right
		if deepGrey {
			return byte(min(uint16(moved), 255)) //nolint:gosec // Its low bits.
		}
		return byte(moved) //nolint:gosec // As above.
	}
}

// fromYCbCr turns luma and chroma of 8 bits into red, green and blue, with Pillow's
// integers of 6 bits of fraction.
// Source: ITU-T T.871 (JFIF), 7.
func fromYCbCr(pix []byte) {
	of := func(chroma byte, factor float64) int { return int((float64(chroma)-128)*64*factor + 0.5) }
	var red, blue, greenOfCb, greenOfCr [256]int
	for v := range 256 {
		red[v], blue[v] = of(byte(v), 1.402)>>6, of(byte(v), 1.772)>>6
		greenOfCb[v], greenOfCr[v] = of(byte(v), -0.34414), of(byte(v), -0.71414)
	}
	clip := func(v int) byte { return byte(min(max(v, 0), 255)) }
	for i := 0; i+3 <= len(pix); i += 3 {
		y, cb, cr := int(pix[i]), pix[i+1], pix[i+2]
		pix[i], pix[i+1], pix[i+2] = clip(y+red[cr]), clip(y+(greenOfCb[cb]+greenOfCr[cr])>>6), clip(y+blue[cb])
	}
}
