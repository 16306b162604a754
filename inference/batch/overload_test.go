package batch

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestOverload sends three times as much as runs can do, for callers that leave before
// the time of their requests is over. What is answered is what runs can do, still.
func TestOverload(t *testing.T) {
	t.Parallel()
	const (
		runs     = 100 * time.Millisecond
		items    = 4 // in a run
		patience = 20 * time.Second
		lasts    = 5 * time.Minute
		every    = runs / (3 * items)
	)
	for _, o := range []struct {
		name string
		left time.Duration // of a request's time
	}{
		{"callers as patient as they say", patience},
		{"callers less patient than they say", 30 * time.Second},
	} {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := New(func(context.Context, []int, []int) error {
					time.Sleep(runs)
					return nil
				}, Options{MaxBatch: items})
				var answered, refused, late atomic.Int64
				for range lasts / every {
					go func() {
						ctx, cancel := context.WithTimeout(t.Context(), o.left)
						defer cancel()
						leaves := time.AfterFunc(patience, cancel)
						defer leaves.Stop()
						_, err := b.Do(ctx, 0, 0)
						switch {
						case err == nil:
							answered.Add(1)
						case errors.Is(err, ErrFull):
							refused.Add(1)
						default:
							late.Add(1)
						}
					}()
					time.Sleep(every)
				}
				b.Close()
				synctest.Wait()
				if most := int64(lasts / runs * items); answered.Load() < most*99/100 || late.Load() > 0 {
					t.Errorf("%d were answered, %d refused, %d left without an answer; want %d answered, and none to leave", answered.Load(), refused.Load(), late.Load(), most)
				}
			})
		})
	}
}

// TestWait refuses an item for its own time only, and none before runs have shown how
// long they take.
func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := New(func(context.Context, []int, []int) error {
			time.Sleep(time.Second)
			return nil
		}, Options{MaxBatch: 1})
		defer b.Close()
		do := func(left time.Duration) chan error {
			done := make(chan error, 1)
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), left)
				defer cancel()
				_, err := b.Do(ctx, 0, 0)
				done <- err
			}()
			synctest.Wait()
			return done
		}
		var taken []chan error
		for range 11 {
			taken = append(taken, do(15*time.Second)) // The first runs, and nobody knows for how long.
		}
		if err := <-taken[0]; err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond) // Nine wait.
		if err := <-do(17 * time.Second); !errors.Is(err, ErrFull) {
			t.Errorf("with 17 s left: %v, want ErrFull", err)
		}
		taken = append(taken, do(19*time.Second), do(time.Hour))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if _, err := b.Do(ctx, 0, 0); err != nil {
			t.Errorf("without a deadline: %v", err)
		}
		for i, done := range taken[1:] {
			if err := <-done; err != nil {
				t.Errorf("item %d: %v", i+1, err)
			}
		}
	})
}
