package pipeline

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-74198975/rsclip/inference/batch"
)

// slowly is work of a second, unless its context ends before.
func slowly(ctx context.Context) (int, error) {
	select {
	case <-time.After(time.Second):
		return 7, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// TestAFlightGoesOnForOne has the first of two callers leave, and both be gone
// before another asks.
func TestAFlightGoesOnForOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		joined := 0
		f := flights[string, int]{joined: func() { joined++ }}
		var callers sync.WaitGroup
		leaving, leave := context.WithCancel(t.Context())
		callers.Go(func() {
			if _, err := f.do(leaving, "key", slowly); !errors.Is(err, context.Canceled) {
				t.Errorf("the caller that left got %v", err)
			}
		})
		synctest.Wait()
		callers.Go(func() {
			if v, err := f.do(t.Context(), "key", slowly); v != 7 || err != nil {
				t.Errorf("the caller that stayed got %d, %v", v, err)
			}
		})
		synctest.Wait()
		leave()
		callers.Wait()
		if v, err := f.do(t.Context(), "key", slowly); v != 7 || err != nil || joined != 1 {
			t.Errorf("the next caller got %d, %v; %d callers joined, want 1", v, err, joined)
		}
	})
}

// TestWhatIsCalledOffIsClosedToNewCallers has work that ends a second after it
// is called off, in the middle of which another caller asks, whose own work
// must outlast it.
func TestWhatIsCalledOffIsClosedToNewCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		joined := 0
		f := flights[string, int]{joined: func() { joined++ }}
		leaving, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		_, err := f.do(leaving, "key", func(ctx context.Context) (int, error) {
			<-ctx.Done()
			time.Sleep(time.Second)
			return 0, ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller that left got %v", err)
		}
		time.Sleep(time.Second / 2)
		if v, err := f.do(t.Context(), "key", slowly); v != 7 || err != nil || joined != 0 {
			t.Errorf("a new caller got %d, %v, and %d joined what was called off", v, err, joined)
		}
		var late sync.WaitGroup
		for range 2 { // The work that was called off has ended, and must not take the new one's place.
			late.Go(func() {
				if v, err := f.do(t.Context(), "key", slowly); v != 7 || err != nil {
					t.Errorf("a late caller got %d, %v", v, err)
				}
			})
		}
		late.Wait()
		if joined != 1 || len(f.open) != 0 {
			t.Errorf("%d callers joined, want 1; %d flights are kept for nobody", joined, len(f.open))
		}
	})
}

// TestWorkThatWasCalledOffKeepsNobodyFromJoining has it end while another's
// work of the same key is under way.
func TestWorkThatWasCalledOffKeepsNobodyFromJoining(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		joined := 0
		f := flights[string, int]{joined: func() { joined++ }}
		gone, leave := context.WithCancel(t.Context())
		leave()
		_, _ = f.do(gone, "key", func(context.Context) (int, error) {
			time.Sleep(time.Second / 2)
			return 0, nil
		})
		var callers sync.WaitGroup
		for _, after := range []time.Duration{0, 3 * time.Second / 4} {
			callers.Go(func() {
				time.Sleep(after)
				if v, err := f.do(t.Context(), "key", slowly); v != 7 || err != nil {
					t.Errorf("got %d, %v", v, err)
				}
			})
		}
		callers.Wait()
		if joined != 1 {
			t.Errorf("%d callers joined, want 1", joined)
		}
	})
}

// TestAQueueIsToldWhenTheCallerLeaves has runs of a second, nine items that wait, and
// callers with 17 and with 19 seconds.
func TestAQueueIsToldWhenTheCallerLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := batch.New(func(context.Context, []int, []int) error {
			time.Sleep(time.Second)
			return nil
		}, batch.Options{MaxBatch: 1})
		f := flights[int, int]{joined: func() {}}
		ask := func(key int, left time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), left)
			defer cancel()
			_, err := f.do(ctx, key, func(ctx context.Context) (int, error) { return b.Do(ctx, key, 0) })
			return err
		}
		if err := ask(0, time.Hour); err != nil {
			t.Fatal(err)
		}
		var callers sync.WaitGroup
		for key := range 10 {
			callers.Go(func() {
				if err := ask(key, time.Hour); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if err := ask(10, 17*time.Second); !errors.Is(err, batch.ErrFull) {
			t.Errorf("with 17 s left: %v, want ErrFull", err)
		}
		if err := ask(11, 19*time.Second); err != nil {
			t.Errorf("with 19 s left: %v", err)
		}
		callers.Wait()
		b.Close()
	})
}
