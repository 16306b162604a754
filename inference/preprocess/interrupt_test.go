package preprocess_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/preprocess"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

// countingContext counts how often it is asked, and ends at one of the times.
type countingContext struct {
	context.Context
	asked atomic.Int64
	ends  int64
	end   context.CancelFunc
}

func newCountingContext(t *testing.T, ends int64) *countingContext {
	c := &countingContext{ends: ends}
	c.Context, c.end = context.WithCancel(t.Context())
	t.Cleanup(c.end)
	return c
}

func (c *countingContext) Err() error {
	if c.asked.Add(1) == c.ends {
		c.end()
	}
	return c.Context.Err()
}

// prepare decodes a picture and resizes it.
func prepare(ctx context.Context, t *testing.T, data []byte) error {
	t.Helper()
	p, err := preprocess.New(siglip(224))
	if err != nil {
		t.Fatal(err)
	}
	image, err := picture.Decode(ctx, data, picture.Options{})
	if err != nil {
		return err
	}
	return p.Pixels(ctx, make([]uint8, p.Elements()), image)
}

// TestWorkEndsWithItsContext counts how often the preparation of a picture looks
// whether it is still wanted: once in 50 ms of work at least. When it is not, it
// ends, whichever look that was.
func TestWorkEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, p := range hostile.Pictures(1000, 1000) {
		if strings.HasPrefix(p.Name, "JPEG") || strings.HasPrefix(p.Name, "WebP") {
			continue // Libraries and processes, which are told, or cannot be.
		}
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			cost, err := picture.Inspect(p.Data, picture.Options{})
			if err != nil {
				t.Fatal(err)
			}
			whole := newCountingContext(t, -1)
			if err := prepare(whole, t, p.Data); err != nil {
				t.Fatal(err)
			}
			looks := whole.asked.Load()
			t.Logf("%d looks in %v of work", looks, time.Duration(cost.Work))
			if want := cost.Work / int64(50*time.Millisecond); looks < want {
				t.Errorf("%d looks in %v of work, want %d", looks, time.Duration(cost.Work), want)
			}
			for _, at := range []int64{1, looks / 2, looks} {
				if err := prepare(newCountingContext(t, at), t, p.Data); !errors.Is(err, context.Canceled) {
					t.Errorf("ended at look %d of %d: %v", at, looks, err)
				}
			}
		})
	}
}

// TestJPEGEndsWithItsContext ends a JPEG of a second of work before it begins, and
// in the middle.
func TestJPEGEndsWithItsContext(t *testing.T) {
	t.Parallel()
	data := hostile.JPEG(8191, 8191, 3, 60)
	for name, after := range map[string]time.Duration{"before": 0, "in the middle": 10 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()
			before := cpuTime()
			if err := prepare(ctx, t, data); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the deadline", err)
			}
			t.Logf("%v of work", time.Duration(cpuTime()-before))
		})
	}
}
