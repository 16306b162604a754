package picture

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-74198975/rsclip/inference/jpeg"
)

// inspectJPEG knows the cost of a JPEG. One whose scans come one after another
// holds all coefficients, of 2 bytes, until the last; each scan is a pass over
// the blocks of its components, however few bytes it has.
func inspectJPEG(data []byte, _ Options) (Cost, error) {
	h, err := jpeg.ReadHeader(data)
	if err != nil {
		return Cost{}, jpegError(err)
	}
	c := Cost{Width: h.Width, Height: h.Height}
	var samples int64
	for _, b := range h.Blocks {
		samples += 64 * b
	}
	padded := int64(h.Width+1024) * int64(len(h.Blocks))
	c.Bytes = 3*c.pixels() + 256*padded + 1<<20
	c.Work = 4*c.pixels() + 4*samples
	if h.ManyScans {
		_, passes := h.Scans(data)
		c.Bytes += 2 * samples
		c.Work += passes
	}
	return c, nil
}

// decodeJPEG decodes a JPEG as Pillow does. The EXIF orientation is not applied.
func decodeJPEG(ctx context.Context, data []byte, _ Options) (*Image, error) {
	h, err := jpeg.ReadHeader(data)
	if err != nil {
		return nil, jpegError(err)
	}
	image := newImage(h.Width, h.Height)
	return image, jpegError(h.Decode(ctx, data, image.Pix))
}

// jpegError gives an error of the decoder its kind here.
func jpegError(err error) error {
	switch {
	case errors.Is(err, jpeg.ErrUnsupported):
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	case errors.Is(err, jpeg.ErrCorrupt):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}
