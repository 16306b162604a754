package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"

	"golang.org/x/image/bmp"
)

// decodeBMP decodes a BMP without compression: palettes, 24 and 32 bits.
func decodeBMP(data []byte, o Options) (*Image, error) {
	c, err := bmp.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, bmpError(err)
	}
	if err := o.check(c.Width, c.Height); err != nil {
		return nil, err
	}
	decoded, err := bmp.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, bmpError(err)
	}
	out := newImage(c.Width, c.Height)
	switch in := decoded.(type) {
	case *image.Paletted:
		paletted(out.Pix, in)
	case *image.RGBA:
		strided(out.Pix, in.Pix, 4, 1)
	case *image.NRGBA:
		strided(out.Pix, in.Pix, 4, 1)
	default:
		return nil, fmt.Errorf("%w: BMP of kind %T", ErrUnsupported, decoded)
	}
	return out, nil
}

func bmpError(err error) error {
	if errors.Is(err, bmp.ErrUnsupported) {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
}
