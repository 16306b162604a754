package batch_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-74198975/rsclip/inference/batch"
)

// runner doubles its inputs, one run per release, and records the batches.
type runner struct {
	started chan struct{}
	release chan struct{}
	mu      sync.Mutex
	batches [][]int
	err     error
}

func newRunner() *runner {
	return &runner{started: make(chan struct{}, 100), release: make(chan struct{})}
}

func (r *runner) run(_ context.Context, in, out []int) error {
	r.mu.Lock()
	r.batches = append(r.batches, slices.Clone(in))
	err := r.err
	r.mu.Unlock()
	r.started <- struct{}{}
	<-r.release
	for i, v := range in {
		out[i] = 2 * v
	}
	return err
}

type answer struct {
	out int
	err error
}

func do(b *batch.Batcher[int, int], ctx context.Context, in, bytes int) <-chan answer {
	c := make(chan answer, 1)
	go func() {
		out, err := b.Do(ctx, in, bytes)
		c <- answer{out, err}
	}()
	return c
}

func waitForDepth(t *testing.T, b *batch.Batcher[int, int], want int) {
	t.Helper()
	synctest.Wait()
	if n, _ := b.Depth(); n != want {
		t.Fatalf("%d items wait, want %d", n, want)
	}
}

func TestTake(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options batch.Options
		want    []int // of 1, 2, 3... items that wait
	}{
		{batch.Options{MaxBatch: 3}, []int{1, 2, 3, 3, 3}},
		{batch.Options{MaxBatch: 1, Usual: 1}, []int{1, 1, 1, 1}},
		{batch.Options{MaxBatch: 4, Usual: 2}, []int{1, 2, 2, 2, 2, 3, 3, 4, 4, 4}},
		{batch.Options{MaxBatch: 4, Usual: 4}, []int{1, 2, 3, 4, 4, 4}},
	} {
		for i, want := range c.want {
			if got := c.options.Take(i + 1); got != want {
				t.Errorf("%+v takes %d of %d, want %d", c.options, got, i+1, want)
			}
		}
	}
}

// TestManyThatWaitRunByMore has eight items wait for a run.
func TestManyThatWaitRunByMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner()
		b := batch.New(r.run, batch.Options{MaxBatch: 4, Usual: 2})
		answers := []<-chan answer{do(b, t.Context(), 0, 1)}
		<-r.started
		for i := 1; i <= 8; i++ {
			answers = append(answers, do(b, t.Context(), i, 1))
			waitForDepth(t, b, i)
		}
		close(r.release)
		for i, c := range answers {
			if a := <-c; a.err != nil || a.out != 2*i {
				t.Errorf("item %d: %+v", i, a)
			}
		}
		b.Close()
		if want := [][]int{{0}, {1, 2, 3, 4}, {5, 6}, {7, 8}}; !slices.EqualFunc(r.batches, want, slices.Equal) {
			t.Errorf("batches %v, want %v", r.batches, want)
		}
	})
}

func TestItemsThatWaitRunTogetherInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner()
		b := batch.New(r.run, batch.Options{MaxBatch: 3})
		ctx := t.Context()
		answers := []<-chan answer{do(b, ctx, 1, 1)}
		<-r.started // The first item must not have waited for company.
		for i := 2; i <= 5; i++ {
			answers = append(answers, do(b, ctx, i, 1))
			waitForDepth(t, b, i-1)
		}
		close(r.release)
		for i, c := range answers {
			if a := <-c; a.err != nil || a.out != 2*(i+1) {
				t.Errorf("item %d: %+v", i+1, a)
			}
		}
		b.Close()
		if want := [][]int{{1}, {2, 3, 4}, {5}}; !slices.EqualFunc(r.batches, want, slices.Equal) {
			t.Errorf("batches %v, want %v", r.batches, want)
		}
	})
}

func TestBoundsRefuseAtOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options batch.Options
		bytes   int
	}{
		{"items", batch.Options{MaxBatch: 8, MaxItems: 2}, 1},
		{"bytes", batch.Options{MaxBatch: 8, MaxBytes: 20}, 10},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRunner()
				b := batch.New(r.run, tt.options)
				first := do(b, t.Context(), 1, tt.bytes)
				<-r.started // A running item no longer counts.
				second, third := do(b, t.Context(), 2, tt.bytes), do(b, t.Context(), 3, tt.bytes)
				waitForDepth(t, b, 2)
				if _, err := b.Do(t.Context(), 4, tt.bytes); !errors.Is(err, batch.ErrFull) {
					t.Errorf("a fourth item: %v, want ErrFull", err)
				}
				close(r.release)
				for _, c := range []<-chan answer{first, second, third} {
					if a := <-c; a.err != nil {
						t.Error(a.err)
					}
				}
				if items, bytes := b.Depth(); items != 0 || bytes != 0 {
					t.Errorf("depth %d items, %d bytes after all ran", items, bytes)
				}
				b.Close()
			})
		})
	}
}

func TestCallerThatLeavesIsNotRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner()
		b := batch.New(r.run, batch.Options{MaxBatch: 8})
		first := do(b, t.Context(), 1, 1)
		<-r.started
		ctx, cancel := context.WithCancel(t.Context())
		gone := do(b, ctx, 2, 1)
		waitForDepth(t, b, 1)
		cancel()
		if a := <-gone; !errors.Is(a.err, context.Canceled) {
			t.Errorf("the caller that left got %+v", a)
		}
		close(r.release)
		<-first
		b.Close()
		if len(r.batches) != 1 {
			t.Errorf("batches %v, want only the first", r.batches)
		}
	})
}

func TestCloseRunsWhatIsQueued(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner()
		b := batch.New(r.run, batch.Options{MaxBatch: 1, MaxDelay: time.Hour})
		first := do(b, t.Context(), 1, 1)
		<-r.started
		second := do(b, t.Context(), 2, 1)
		waitForDepth(t, b, 1)
		closed := make(chan struct{})
		go func() { b.Close(); close(closed) }()
		close(r.release)
		<-closed
		if a, c := <-first, <-second; a.out != 2 || c.out != 4 {
			t.Errorf("got %+v and %+v", a, c)
		}
		if _, err := b.Do(t.Context(), 3, 1); !errors.Is(err, batch.ErrClosed) {
			t.Errorf("after Close: %v, want ErrClosed", err)
		}
	})
}

func TestDelayFillsABatchBehindABusyRunner(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner()
		b := batch.New(r.run, batch.Options{MaxBatch: 2, MaxDelay: time.Hour})
		first := do(b, t.Context(), 1, 1)
		<-r.started
		second := do(b, t.Context(), 2, 1)
		waitForDepth(t, b, 1)
		r.release <- struct{}{} // The runner has just been busy: item 2 may wait for item 3.
		<-first
		start := time.Now()
		third := do(b, t.Context(), 3, 1)
		close(r.release)
		<-second
		<-third
		if waited := time.Since(start); waited != 0 {
			t.Errorf("a batch that is full waited for %s", waited)
		}
		b.Close()
		if want := [][]int{{1}, {2, 3}}; !slices.EqualFunc(r.batches, want, slices.Equal) {
			t.Errorf("batches %v, want %v", r.batches, want)
		}
	})
}

func TestAFailedRunFailsItsBatchOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner()
		r.err = errors.New("device lost")
		close(r.release)
		b := batch.New(r.run, batch.Options{MaxBatch: 4})
		if _, err := b.Do(t.Context(), 1, 1); !errors.Is(err, r.err) {
			t.Errorf("got %v, want the runner's error", err)
		}
		r.mu.Lock()
		r.err = nil
		r.mu.Unlock()
		if out, err := b.Do(t.Context(), 2, 1); err != nil || out != 4 {
			t.Errorf("the next item: %d, %v", out, err)
		}
		b.Close()
	})
}

func TestARunWhoseCallersHaveAllLeftIsCalledOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started, ended := make(chan struct{}, 1), make(chan error, 1)
		b := batch.New(func(ctx context.Context, _, _ []int) error {
			started <- struct{}{}
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		}, batch.Options{MaxBatch: 2})
		ctx, cancel := context.WithCancel(t.Context())
		gone := do(b, ctx, 1, 1)
		<-started
		time.Sleep(time.Second)
		if busy := b.Busy(); busy != time.Second {
			t.Errorf("a run has lasted a second, and Busy says %s", busy)
		}
		cancel()
		if a := <-gone; !errors.Is(a.err, context.Canceled) {
			t.Errorf("the caller that left got %+v", a)
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the run ended by %v", err)
		}
		for range 2 {
			time.Sleep(time.Second)
			if b.Busy() != 0 {
				t.Error("nothing runs, and Busy says that something does")
			}
			b.Close()
		}
	})
}

// TestARunGoesOnForTheCallersThatStay has one of two callers leave.
func TestARunGoesOnForTheCallersThatStay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner()
		b := batch.New(r.run, batch.Options{MaxBatch: 2})
		first := do(b, t.Context(), 0, 1)
		<-r.started
		ctx, cancel := context.WithCancel(t.Context())
		leaves, stays := do(b, ctx, 1, 1), do(b, t.Context(), 2, 1)
		waitForDepth(t, b, 2)
		r.release <- struct{}{}
		<-first
		<-r.started
		cancel()
		if a := <-leaves; !errors.Is(a.err, context.Canceled) {
			t.Errorf("the caller that left got %+v", a)
		}
		close(r.release)
		if a := <-stays; a.err != nil || a.out != 4 {
			t.Errorf("the caller that stayed got %+v", a)
		}
		b.Close()
	})
}

func TestFullLastsUntilThereIsRoomAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRunner()
		b := batch.New(r.run, batch.Options{MaxBatch: 1, MaxItems: 1})
		first := do(b, t.Context(), 1, 1)
		<-r.started
		second := do(b, t.Context(), 2, 1)
		waitForDepth(t, b, 1)
		if b.Full() != 0 {
			t.Error("full before anything was refused")
		}
		if _, err := b.Do(t.Context(), 3, 1); !errors.Is(err, batch.ErrFull) {
			t.Errorf("a third item: %v, want ErrFull", err)
		}
		time.Sleep(time.Second)
		if full := b.Full(); full != time.Second {
			t.Errorf("full for a second, and Full says %s", full)
		}
		close(r.release)
		<-first
		<-second
		b.Close()
		if b.Full() != 0 {
			t.Error("still full when all has run")
		}
	})
}

func TestObserveSeesEveryRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type seen struct {
			items int
			err   error
			key   any
		}
		var runs []seen
		failure := errors.New("device lost")
		type key struct{}
		b := batch.New(func(_ context.Context, in, _ []int) error {
			if in[0] < 0 {
				return failure
			}
			return nil
		}, batch.Options{MaxBatch: 4, Observe: func(r batch.Run) {
			if r.Started.Before(r.Items[0].Enqueued) || r.Ended.Before(r.Started) {
				t.Errorf("enqueued %v, started %v, ended %v", r.Items[0].Enqueued, r.Started, r.Ended)
			}
			runs = append(runs, seen{len(r.Items), r.Err, r.Items[0].Context.Value(key{})})
		}})
		ctx := context.WithValue(t.Context(), key{}, "a")
		_, _ = b.Do(ctx, 1, 1)
		_, _ = b.Do(ctx, -1, 1)
		b.Close()
		if want := []seen{{1, nil, "a"}, {1, failure, "a"}}; !slices.Equal(runs, want) {
			t.Errorf("runs %v, want %v", runs, want)
		}
	})
}

// BenchmarkDo is what an item costs beside its run.
func BenchmarkDo(b *testing.B) {
	batcher := batch.New(func(context.Context, []int, []int) error { return nil }, batch.Options{MaxBatch: 8})
	defer batcher.Close()
	for b.Loop() {
		if _, err := batcher.Do(b.Context(), 1, 1); err != nil {
			b.Fatal(err)
		}
	}
}
