package interrupt_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/seed-74198975/rsclip/inference/interrupt"
)

// TestReaderEndsWithItsContext unpacks 16 MiB of zeros, and is stopped on the way.
func TestReaderEndsWithItsContext(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	for range 16 {
		_, _ = w.Write(make([]byte, 1<<20))
	}
	_ = w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := zlib.NewReader(interrupt.NewReader(ctx, packed.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(r, make([]byte, 4<<20)); err != nil {
		t.Fatal(err)
	}
	cancel()
	n, err := io.Copy(io.Discard, r)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's end", err)
	}
	if n > 6<<20 { // A buffer of 4 KiB, and what it unpacks to.
		t.Errorf("%d bytes were unpacked after the end", n)
	}
}

func TestRows(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ width, height, calls int }{
		"all at once": {100, 100, 1}, "rows that are long": {1 << 30, 3, 3}, "some at a time": {1 << 10, 1 << 12, 4}, "none": {5, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			next, calls := 0, 0
			err := interrupt.Rows(t.Context(), tt.width, tt.height, func(from, to int) {
				if from != next {
					t.Errorf("rows from %d, want %d", from, next)
				}
				next = to
				calls++
			})
			if err != nil || next != tt.height || calls != tt.calls {
				t.Errorf("%d rows by %d calls, want %d by %d: %v", next, calls, tt.height, tt.calls, err)
			}
		})
	}
}

func TestPartsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := interrupt.Parts(ctx, 1<<30, func(int, int) {
		if calls++; calls == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || calls != 3 {
		t.Errorf("%d calls, %v", calls, err)
	}
}
