package picture

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"github.com/seed-74198975/rsclip/inference/interrupt"
)

// inspectPNG knows the cost of a PNG: Go's picture of it, two rows as they are
// packed, and ours. The passes of an interlaced one are pictures of their own,
// which together are as large as it is.
func inspectPNG(data []byte, o Options) (Cost, error) {
	count, pixelBytes := pngChunks(data)
	if count > maxChunks {
		return Cost{}, fmt.Errorf("%w: it has %d chunks, and the limit is %d: save it anew", ErrTooLarge, count, maxChunks)
	}
	r := newPNGReader(context.Background(), data)
	config, err := png.DecodeConfig(r)
	if err != nil {
		return Cost{}, pngError(err)
	}
	c := Cost{Width: config.Width, Height: config.Height}
	bits, kind := r.kind()
	depth, interlaced := int64(bits), r.header[12] != 0
	channels := map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
	size := int64(4) // bytes of a pixel of Go's
	switch {
	case kind == 3 || kind == 0 && depth <= 8:
		size = 1
	case depth == 16:
		size = 8
	}
	row := int64(c.Width)*channels*depth/8 + 2
	packed := row * int64(c.Height)
	if interlaced {
		size *= 2
		packed += int64(c.Height) * 16
	}
	c.Bytes = (size+3)*c.pixels() + 4*row + 256<<10
	c.Work = 5*packed + 8*c.pixels() + hollow(pixelBytes, packed)
	if depth == 16 && o.stretches(deepPNG(c.Width, c.Height)) { // A band, a mask, and whether it holds something.
		bands := int64(3)
		if r.isGrey() {
			bands = 1
		}
		c.Bytes += (2+1+1)*c.pixels() + 8<<20
		c.Work += bands * 30 * c.pixels()
	}
	return c, nil
}

// maxChunks bounds the chunks of a file, each of which takes a microsecond, and may
// be empty. Those of pixels usually have 8 KiB.
const maxChunks = 1 << 16

// pngChunks counts the chunks of a file, and the bytes of those that hold pixels.
func pngChunks(data []byte) (count, pixelBytes int64) {
	const signature, around = 8, 12 // length, kind and checksum
	for at := signature; at+around <= len(data); count++ {
		length := int(binary.BigEndian.Uint32(data[at:]))
		if string(data[at+4:at+8]) == "IDAT" {
			pixelBytes += int64(min(length, len(data)-at))
		}
		at += around + length
	}
	return count, pixelBytes
}

// decodePNG decodes a PNG as Pillow does: alpha and transparency are dropped,
// not blended; 16-bit colours keep their high byte, unless they are stretched; gamma
// is ignored.
func decodePNG(ctx context.Context, data []byte, o Options) (*Image, error) {
	r := newPNGReader(ctx, data)
	decoded, err := png.Decode(r)
	if err != nil {
		return nil, pngError(err)
	}
	if deep, ok := deepOf(decoded, r.isGrey()); ok && o.stretches(deep.Image) {
		return deep.show(ctx, o)
	}
	var pix []byte
	var step int // bytes of a pixel
	convert := func(out, in []byte) { strided(out, in, step, max(1, step/4)) }
	greys := func(value func([]byte) byte) func(out, in []byte) {
		return func(out, in []byte) { grey(out, in, step, value) }
	}
	switch in := decoded.(type) {
	case *image.Gray:
		pix, step, convert = in.Pix, 1, greys(func(p []byte) byte { return p[0] })
	case *image.Gray16:
		pix, step, convert = in.Pix, 2, greys(clipped)
	case *image.RGBA:
		pix, step = in.Pix, 4
	case *image.NRGBA:
		pix, step = in.Pix, 4
	case *image.RGBA64:
		pix, step = in.Pix, 8
	case *image.NRGBA64:
		if pix, step = in.Pix, 8; r.colorType() == 0 { // With a colour that is transparent, which Pillow does not look at.
			convert = greys(clipped)
		}
	case *image.Paletted:
		table := colors(in)
		pix, step, convert = in.Pix, 1, func(out, in []byte) { paletted(out, in, table) }
	default:
		return nil, fmt.Errorf("%w: PNG of kind %T", ErrUnsupported, decoded)
	}
	size := decoded.Bounds().Size()
	out := newImage(size.X, size.Y)
	err = interrupt.Rows(ctx, size.X, size.Y, func(from, to int) {
		convert(out.Pix[3*size.X*from:3*size.X*to], pix[step*size.X*from:])
	})
	return out, err
}

// clipped is how Pillow shows 16 bits of grey, which it opens as integers.
func clipped(p []byte) byte {
	if p[0] != 0 {
		return 255
	}
	return p[1]
}

func pngError(err error) error {
	var unsupported png.UnsupportedError
	if errors.As(err, &unsupported) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}

// grey spreads one value a pixel over three channels.
func grey(out, in []byte, step int, value func([]byte) byte) {
	for i := 0; i < len(out)/3; i++ {
		v := value(in[i*step:])
		out[3*i], out[3*i+1], out[3*i+2] = v, v, v
	}
}

// strided picks three channels of each pixel of step bytes; a channel is the
// first of width bytes.
func strided(out, in []byte, step, width int) {
	for i := 0; i < len(out)/3; i++ {
		p := in[i*step:]
		out[3*i], out[3*i+1], out[3*i+2] = p[0], p[width], p[2*width]
	}
}

// colors returns the colours of a palette.
func colors(in *image.Paletted) *[256][3]byte {
	var table [256][3]byte
	for i, c := range in.Palette {
		// Not premultiplied: a transparent entry keeps its colour.
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		if raw, ok := c.(color.NRGBA); ok {
			n = raw
		}
		table[i] = [3]byte{n.R, n.G, n.B}
	}
	return &table
}

func paletted(out, in []byte, table *[256][3]byte) {
	for i := 0; i < len(out)/3; i++ {
		copy(out[3*i:3*i+3], table[in[i]][:])
	}
}
