// Package interrupt ends work on a picture soon after nobody waits for it any
// more: within some milliseconds, however long the whole would take.
package interrupt

import (
	"bytes"
	"context"
)

// Reader reads bytes until ctx ends, in parts so small that what they unpack to
// takes a few milliseconds. It has no other methods, by which a decompressor could
// read past the check.
type Reader struct {
	ctx  context.Context //nolint:containedctx // Decoders read from it, and know no contexts.
	data *bytes.Reader
}

// NewReader makes a reader.
func NewReader(ctx context.Context, data []byte) *Reader {
	return &Reader{ctx, bytes.NewReader(data)}
}

// Read fails with ctx's error once ctx has ended.
func (r *Reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.data.Read(p[:min(len(p), 1<<10)])
}

// atOnce is how many pixels or samples are worked on between two looks at the
// context: a few milliseconds.
const atOnce = 1 << 20

// Rows calls do with rows of some pixels each, some at a time, until ctx ends.
func Rows(ctx context.Context, width, height int, do func(from, to int)) error {
	some := max(1, atOnce/max(1, width))
	for y := 0; y < height; y += some {
		if err := ctx.Err(); err != nil {
			return err
		}
		do(y, min(height, y+some))
	}
	return nil
}

// Parts calls do with the numbers below n, some at a time, until ctx ends.
func Parts(ctx context.Context, n int, do func(from, to int)) error { return Rows(ctx, 1, n, do) }
