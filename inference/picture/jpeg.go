package picture

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/seed-74198975/rsclip/inference/jpeg"
)

// inspectJPEG knows the cost of a JPEG. One whose scans come one after another
// holds all coefficients, of 2 bytes, until the last; each scan is a pass over
// the blocks of its components, however few bytes it has.
func inspectJPEG(data []byte, o Options) (Cost, error) {
	h, err := jpeg.ReadHeader(data)
	if err != nil {
		return Cost{}, jpegError(err)
	}
	c := Cost{Width: h.Width, Height: h.Height}
	if err := c.checkSize(cmp.Or(o.MaxPixels, DefaultMaxPixels)); err != nil {
		return c, err // Whatever becomes of them.
	}
	var samples int64
	for _, b := range h.Blocks {
		samples += 64 * b
	}
	padded := int64(h.Width+1024) * int64(len(h.Blocks))
	c.Work = 4*c.pixels() + 4*samples
	shrink(h, data, o)
	c.Width, c.Height = h.Width, h.Height
	c.Bytes = 3*c.pixels() + 256*padded + 1<<20
	if h.ManyScans {
		_, passes := h.Scans(data)
		c.Bytes += 2 * samples
		c.Work += passes
	}
	return c, nil
}

// decodeJPEG decodes a JPEG as Pillow does, if its size is not to be less. The EXIF orientation is not applied.
func decodeJPEG(ctx context.Context, data []byte, o Options) (*Image, error) {
	h, err := jpeg.ReadHeader(data)
	if err != nil {
		return nil, jpegError(err)
	}
	shrink(h, data, o)
	image := newImage(h.Width, h.Height)
	return image, jpegError(h.Decode(ctx, data, image.Pix))
}

// shrink has a file decoded to no more pixels than are enough once it is upright.
func shrink(h *jpeg.Header, data []byte, o Options) {
	if o.Enough == [2]int{} {
		return
	}
	width, height := o.Enough[0], o.Enough[1]
	if o.EXIFOrientation {
		if orientation := exifOrientation(data); orientation >= 5 && orientation <= 8 {
			width, height = height, width
		}
	}
	h.Shrink(width, height)
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
