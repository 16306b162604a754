package picture_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/picture"
)

// endsAfter is a context that ends when it has been looked at so many times.
type endsAfter struct {
	context.Context //nolint:containedctx // It is one.

	left atomic.Int64
}

func (e *endsAfter) Err() error {
	if e.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestDecodeEndsWithItsContext ends the context at each look at it, from the first
// to the last. Whichever it is, Decode says so and returns no picture.
func TestDecodeEndsWithItsContext(t *testing.T) {
	t.Parallel()
	stretched := picture.Options{Deep: picture.DeepStretch, EXIFOrientation: true}
	for _, tt := range []struct{ folder, file string }{
		{"formats", "rgb.bmp"},
		{"formats", "rle8.bmp"},
		{"formats", "palette.gif"},
		{"formats", "exif-6.png"},
		{"formats", "exif-6.jpg"},
		{"formats", "lossy.webp"},
		{"formats", "rgb-raw.tif"},
		{"formats", "oriented.tif"},
		{"formats", "cmyk.tif"},
		{"formats", "alpha-associated.tif"},
		{"formats", "bands-float.tif"},
		{"geotiff", "mask.tif"},
		{"geotiff", "uint16.tif"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			data := readFile(t, tt.folder, tt.file)
			for looks := range int64(1000) {
				ctx := &endsAfter{Context: t.Context()}
				ctx.left.Store(looks)
				image, err := picture.Decode(ctx, data, stretched)
				if ctx.left.Load() >= 0 {
					if err != nil {
						t.Fatalf("with a context that does not end: %v", err)
					}
					if looks == 0 {
						t.Error("the context was not looked at")
					}
					return
				}
				if !errors.Is(err, context.Canceled) || image != nil {
					t.Fatalf("it ended at look %d: %v", looks, err)
				}
			}
			t.Fatal("a thousand looks were not enough")
		})
	}
}

// TestJPEG2000EndsWithItsContext has a context that ended before.
func TestJPEG2000EndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if _, err := picture.Decode(ctx, readFile(t, "geotiff", "rgb.jp2"), picture.Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
