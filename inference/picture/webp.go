package picture

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-74198975/rsclip/inference/interrupt"
	"github.com/seed-74198975/rsclip/inference/webp"
)

// inspectWebP knows the cost of a WebP: two canvases of libwebp's animation
// decoder, of 4 bytes a pixel, the file once more, what its decoder asks for, and ours.
func inspectWebP(data []byte, _ Options) (Cost, error) {
	f, err := webp.ReadFeatures(data)
	if err != nil {
		return Cost{}, webpError(err)
	}
	c := Cost{Width: f.Width, Height: f.Height}
	c.Bytes = (4+4+3)*c.pixels() + int64(len(data)) + f.Bytes()
	c.Work = 15 * c.pixels()
	return c, nil
}

// decodeWebP decodes the first frame of a WebP by libwebp's animation decoder,
// as Pillow does for still pictures too. Alpha is dropped, not blended.
func decodeWebP(ctx context.Context, data []byte, _ Options) (out *Image, err error) {
	f, err := webp.ReadFeatures(data)
	if err != nil {
		return nil, webpError(err)
	}
	err = webp.FirstFrame(data, f, func(width, height int, pixels []byte) error {
		if width != f.Width || height != f.Height {
			return fmt.Errorf("%w: its canvas is %d x %d pixels, and its picture %d x %d", ErrCorrupt, width, height, f.Width, f.Height)
		}
		out = newImage(width, height)
		return interrupt.Rows(ctx, width, height, func(from, to int) {
			strided(out.Pix[3*width*from:3*width*to], pixels[4*width*from:], 4, 1)
		})
	})
	return out, webpError(err)
}

func webpError(err error) error {
	if errors.Is(err, webp.ErrCorrupt) {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return err
}
