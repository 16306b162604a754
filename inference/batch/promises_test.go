package batch_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/seed-74198975/rsclip/inference/batch"
)

// slowly is a run that lasts a second. The tests' clock stands still while
// anything else is to be done, so that every time is exact.
func slowly(context.Context, []int, []int) error {
	time.Sleep(time.Second)
	return nil
}

func TestCloseWaitsForTheLastRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := 0
		b := batch.New(func(context.Context, []int, []int) error {
			time.Sleep(time.Hour)
			ended++
			return nil
		}, batch.Options{MaxBatch: 1})
		first, second := do(b, t.Context(), 1, 1), do(b, t.Context(), 2, 1)
		synctest.Wait()
		b.Close()
		if ended != 2 {
			t.Errorf("Close returned when %d of 2 runs had ended", ended)
		}
		for _, c := range []<-chan answer{first, second} {
			if a := <-c; a.err != nil {
				t.Error(a.err)
			}
		}
	})
}

// TestFullEndsWhenTheQueueIsHalfEmpty has four items wait behind a run, and
// another be refused. Each run takes one after a second.
func TestFullEndsWhenTheQueueIsHalfEmpty(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		options batch.Options
		room    int // when there is room again, in seconds
	}{
		"items":                      {batch.Options{MaxItems: 4}, 2},
		"items, with room for bytes": {batch.Options{MaxItems: 4, MaxBytes: 100}, 2},
		"bytes":                      {batch.Options{MaxBytes: 12}, 2},
		"bytes, with room for items": {batch.Options{MaxItems: 9, MaxBytes: 12}, 2},
		"both":                       {batch.Options{MaxItems: 4, MaxBytes: 12}, 2},
		"fewer bytes":                {batch.Options{MaxBytes: 14}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tt.options.MaxBatch = 1
				b := batch.New(slowly, tt.options)
				defer b.Close()
				do(b, t.Context(), 0, 3)
				synctest.Wait()
				for i := range 4 {
					do(b, t.Context(), i, 3)
					synctest.Wait()
				}
				refused := func() {
					t.Helper()
					if _, err := b.Do(t.Context(), 9, 3); !errors.Is(err, batch.ErrFull) {
						t.Errorf("got %v, want %v", err, batch.ErrFull)
					}
				}
				refused()
				for second := range 4 {
					want := time.Duration(second) * time.Second
					if second >= tt.room {
						want = 0
					}
					synctest.Wait()
					if full := b.Full(); full != want {
						t.Errorf("after %d s: full for %s, want %s", second, full, want)
					}
					time.Sleep(time.Second / 2)
					if second == 0 {
						refused() // It has been full before.
					}
					time.Sleep(time.Second / 2)
				}
			})
		})
	}
}

// TestAnItemThatNeverFitsDoesNotFillTheQueue refuses what no queue would hold.
func TestAnItemThatNeverFitsDoesNotFillTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := batch.New(slowly, batch.Options{MaxBatch: 1, MaxBytes: 1})
		defer b.Close()
		synctest.Wait()
		if _, err := b.Do(t.Context(), 1, 2); !errors.Is(err, batch.ErrFull) {
			t.Errorf("got %v, want %v", err, batch.ErrFull)
		}
		time.Sleep(time.Second)
		if full := b.Full(); full != 0 {
			t.Errorf("an empty queue is full for %s", full)
		}
	})
}

// TestACallerThatHasLeftBeforeAsksForNothing asks an idle batcher, and one whose
// queue is full.
func TestACallerThatHasLeftBeforeAsksForNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		runs := 0
		b := batch.New(func(ctx context.Context, in, out []int) error { runs++; return slowly(ctx, in, out) }, batch.Options{MaxBatch: 1, MaxItems: 1})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		ask := func() {
			t.Helper()
			if _, err := b.Do(ctx, 1, 1); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want %v", err, context.Canceled)
			}
		}
		ask()
		synctest.Wait()
		for range 2 {
			do(b, t.Context(), 1, 1)
			synctest.Wait()
		}
		ask()
		time.Sleep(time.Second / 2)
		if full := b.Full(); full != 0 {
			t.Errorf("full for %s, of a caller who had left", full)
		}
		b.Close()
		if runs != 2 {
			t.Errorf("%d runs, want 2", runs)
		}
	})
}

// TestABatchWaitsForItsOldestItem has items arrive during a run of a second, and
// after it. None fills the batch.
func TestABatchWaitsForItsOldestItem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b := batch.New(slowly, batch.Options{MaxBatch: 4, MaxDelay: 3 * time.Second})
		defer b.Close()
		var answered sync.WaitGroup
		for _, c := range []struct{ asked, want time.Duration }{
			{0, time.Second},
			{time.Second / 4, 4250 * time.Millisecond},
			{5 * time.Second / 4, 4250 * time.Millisecond},
		} {
			answered.Go(func() {
				time.Sleep(c.asked)
				if _, err := b.Do(t.Context(), 1, 1); err != nil || time.Since(start) != c.want {
					t.Errorf("asked after %s: %v after %s, want an answer after %s", c.asked, err, time.Since(start), c.want)
				}
			})
		}
		answered.Wait()
	})
}

// TestAnIdleRunnerNeverWaits asks twice, with a pause.
func TestAnIdleRunnerNeverWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := batch.New(slowly, batch.Options{MaxBatch: 4, MaxDelay: time.Hour})
		defer b.Close()
		for range 2 {
			start := time.Now()
			if _, err := b.Do(t.Context(), 1, 1); err != nil || time.Since(start) != time.Second {
				t.Errorf("%v after %s, want the second that a run lasts", err, time.Since(start))
			}
			time.Sleep(time.Second)
		}
	})
}

// TestACloseEndsTheWaitForMore closes while a batch fills up.
func TestACloseEndsTheWaitForMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		b := batch.New(slowly, batch.Options{MaxBatch: 4, MaxDelay: time.Hour})
		do(b, t.Context(), 0, 1)
		synctest.Wait()
		do(b, t.Context(), 1, 1)
		time.Sleep(2 * time.Second)
		b.Close()
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("closed after %s, want 3s", took)
		}
	})
}

// TestNothingIsKeptAlive looks for what the caller of an idle batcher gave and
// got, once it has forgotten both.
func TestNothingIsKeptAlive(t *testing.T) {
	t.Parallel()
	type large = [1 << 16]byte
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		b := batch.New(func(_ context.Context, _, out []*large) error { out[0] = new(large); return nil }, batch.Options{MaxBatch: 1})
		defer b.Close()
		held := func() (held map[string]weak.Pointer[large]) {
			in, of := new(large), new(large)
			out, err := b.Do(context.WithValue(t.Context(), key{}, of), in, 1)
			if err != nil {
				t.Fatal(err)
			}
			return map[string]weak.Pointer[large]{"what it was given": weak.Make(in), "the context": weak.Make(of), "what it answered": weak.Make(out)}
		}()
		synctest.Wait()
		runtime.GC()
		for name, p := range held {
			if p.Value() != nil {
				t.Errorf("the batcher holds %s", name)
			}
		}
	})
}
