package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// decodePNG decodes a PNG as Pillow does: alpha and transparency are dropped,
// not blended; 16-bit colours keep their high byte; gamma is ignored.
func decodePNG(data []byte, o Options) (*Image, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, pngError(err)
	}
	if err := o.check(c.Width, c.Height); err != nil {
		return nil, err
	}
	decoded, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, pngError(err)
	}
	out := newImage(c.Width, c.Height)
	switch in := decoded.(type) {
	case *image.Gray:
		grey(out.Pix, in.Pix, 1, func(p []byte) byte { return p[0] })
	case *image.Gray16:
		grey(out.Pix, in.Pix, 2, clipped)
	case *image.RGBA:
		strided(out.Pix, in.Pix, 4, 1)
	case *image.NRGBA:
		strided(out.Pix, in.Pix, 4, 1)
	case *image.RGBA64:
		strided(out.Pix, in.Pix, 8, 2)
	case *image.NRGBA64:
		if greyPNG(data) { // With a colour that is transparent, which Pillow does not look at.
			grey(out.Pix, in.Pix, 8, clipped)
		} else {
			strided(out.Pix, in.Pix, 8, 2)
		}
	case *image.Paletted:
		paletted(out.Pix, in)
	default:
		return nil, fmt.Errorf("%w: PNG of kind %T", ErrUnsupported, decoded)
	}
	return out, nil
}

// greyPNG tells files whose colour type is grey, by their first chunk.
func greyPNG(data []byte) bool {
	const colorType = 8 + 8 + 9 // after the signature, and in the chunk IHDR
	return data[colorType] == 0
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

func paletted(out []byte, in *image.Paletted) {
	var table [256][3]byte
	for i, c := range in.Palette {
		// Not premultiplied: a transparent entry keeps its colour.
		n := color.NRGBAModel.Convert(c).(color.NRGBA)
		if raw, ok := c.(color.NRGBA); ok {
			n = raw
		}
		table[i] = [3]byte{n.R, n.G, n.B}
	}
	for i, index := range in.Pix {
		copy(out[3*i:3*i+3], table[index][:])
	}
}
