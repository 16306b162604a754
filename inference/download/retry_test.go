package download

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestRetry has an attempt fail again and again, each time in the same way. The
// clock stands still meanwhile, so that every pause is exact.
func TestRetry(t *testing.T) {
	t.Parallel()
	s := func(seconds ...time.Duration) (pauses []time.Duration) {
		for _, n := range seconds {
			pauses = append(pauses, n*time.Second)
		}
		return pauses
	}
	for name, tt := range map[string]struct {
		err    error
		wait   time.Duration
		pauses []time.Duration
	}{
		"overload":                   {&statusError{status: 500}, 0, s(1, 2, 4, 8, 16)},
		"a gateway":                  {fmt.Errorf("listing: %w", &statusError{status: 503}), 0, s(1, 2, 4, 8, 16)},
		"too many requests":          {&statusError{status: 429}, 0, s(1, 2, 4, 8, 16)},
		"too many, and when to come": {&statusError{status: 429, after: 7 * time.Second}, 0, s(7, 7, 7, 8, 16)},
		"a cut connection":           {errors.New("cut"), time.Minute, s(60, 120, 240, 480, 960)},
		"not found":                  {&statusError{status: 404}, 0, nil},
		"any other refusal":          {&statusError{status: 499}, 0, nil},
		"wrong content":              {contentError("wrong"), 0, s(1)},
		"a full disk":                {&fs.PathError{Op: "write", Path: "file", Err: errors.New("no space")}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var begun []time.Time
				lines := 0
				c := &Client{Wait: tt.wait, Progress: func(line string) {
					if lines++; !strings.Contains(line, "; trying again in "+tt.pauses[lines-1].String()) {
						t.Errorf("line %d says %q", lines, line)
					}
				}}
				err := c.Retry(t.Context(), func() error { begun = append(begun, time.Now()); return tt.err })
				var pauses []time.Duration
				for i := range begun[1:] {
					pauses = append(pauses, begun[i+1].Sub(begun[i]))
				}
				if !errors.Is(err, tt.err) || !slices.Equal(pauses, tt.pauses) || lines != len(pauses) {
					t.Errorf("%v after pauses of %v, of which %d were told, want %v", err, pauses, lines, tt.pauses)
				}
			})
		})
	}
}

// TestRetryEnds with success, and with its context.
func TestRetryEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &Client{Progress: func(string) {}}
		tries := 0
		err := c.Retry(t.Context(), func() error {
			if tries++; tries < 3 {
				return errors.New("cut")
			}
			return nil
		})
		if err != nil || tries != 3 {
			t.Errorf("%v after %d attempts, want success at the third", err, tries)
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		err = c.Retry(ctx, func() error { return errors.New("cut") })
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 2*time.Second {
			t.Errorf("%v after %s, want %v after 2s", err, time.Since(start), context.DeadlineExceeded)
		}
		tries = 0
		if err := c.Retry(ctx, func() error { tries++; return errors.New("cut") }); err == nil || tries != 1 {
			t.Errorf("%v after %d attempts, though nobody waits", err, tries)
		}
	})
}
