package budget_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/budget"
)

const mib = 1 << 20

// newBudget has 160 MiB: 60 for pictures, of which large ones have 45.
func newBudget() *budget.Budget { return budget.New(160*mib, 2) }

func take(t *testing.T, s *budget.Share, bytes int64, heavy bool) *budget.Lease {
	t.Helper()
	l, err := s.Acquire(t.Context(), bytes, heavy)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// queued takes in the background, and returns once it waits.
func queued(t *testing.T, s *budget.Share, bytes int64, heavy bool) <-chan *budget.Lease {
	t.Helper()
	before := s.State().Waiting
	got := make(chan *budget.Lease, 1)
	go func() {
		l, err := s.Acquire(t.Context(), bytes, heavy)
		if err != nil {
			t.Errorf("%d bytes: %v", bytes, err)
		}
		got <- l
	}()
	for s.State().Waiting == before {
		time.Sleep(time.Millisecond)
	}
	return got
}

func TestWhatDoesNotFitWaitsInOrder(t *testing.T) {
	t.Parallel()
	s := newBudget().Answers // 20 MiB, large ones 15
	first := take(t, s, 10*mib, false)
	second, third := queued(t, s, 10*mib, false), queued(t, s, 1*mib, false) // which would fit, and is not let by
	first.Release()
	(<-second).Release()
	(<-third).Release()
	if held := s.State().Held; held != 0 {
		t.Errorf("%d bytes are held by nobody", held)
	}
}

func TestSmallLeasesDoNotWaitForLargeOnes(t *testing.T) {
	t.Parallel()
	s := newBudget().Pictures
	large := take(t, s, 40*mib, false)
	waiting := queued(t, s, 40*mib, false)
	take(t, s, 5*mib, false).Release()
	heavy := queued(t, s, 1*mib, true) // Small in memory, and not in work.
	large.Release()
	(<-waiting).Release()
	(<-heavy).Release()
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	s := newBudget().Pictures // of two workers
	first, second := take(t, s, 1, false), take(t, s, 1, false)
	third := queued(t, s, 1, false)
	first.Shrink(1) // It keeps its memory, and gives up its place.
	(<-third).Release()
	if held := s.State().Held; held != 2 {
		t.Errorf("%d bytes are held, want 2", held)
	}
	first.Release()
	second.Release()
}

func TestWhatNeverFitsIsRefused(t *testing.T) {
	t.Parallel()
	b := newBudget()
	if _, err := b.Pictures.Acquire(t.Context(), 46*mib, false); !errors.Is(err, budget.ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
	b.Resize(1600 * mib)
	take(t, b.Pictures, 46*mib, false).Release()
	l := b.Bodies.Open()
	if err := l.Grow(10_000 * mib); !errors.Is(err, budget.ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
}

func TestALeaseThatGrows(t *testing.T) {
	t.Parallel()
	s := newBudget().Bodies // 60 MiB, large ones 45
	l, other := s.Open(), s.Open()
	for _, step := range []struct {
		of    *budget.Lease
		bytes int64
		want  error
	}{{l, 10 << 10, nil}, {l, 30 * mib, nil}, {other, 20 * mib, budget.ErrFull}, {other, 10 << 10, nil}, {l, 20 * mib, budget.ErrTooLarge}} {
		if err := step.of.Grow(step.bytes); !errors.Is(err, step.want) {
			t.Errorf("%d bytes: %v, want %v", step.bytes, err, step.want)
		}
	}
	if held := s.State().Held; held != 30*mib+20<<10 {
		t.Errorf("%d bytes are held", held)
	}
	l.Release()
	l.Release()
	if err := other.Grow(20 * mib); err != nil {
		t.Errorf("there is room now: %v", err)
	}
	other.Release()
	if state := s.State(); state.Held != 0 || state.Refused != 2 {
		t.Errorf("%+v, want nothing held and 2 refused", state)
	}
}

func TestTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	s := newBudget().Pictures
	ctx, cancel := context.WithCancel(t.Context())
	held := take(t, s, 45*mib, true)
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			if _, err := s.Acquire(ctx, 1, true); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want the context's end", err)
			}
		})
	}
	for s.State().Waiting < 64 {
		time.Sleep(time.Millisecond)
	}
	if _, err := s.Acquire(t.Context(), 1, true); !errors.Is(err, budget.ErrFull) {
		t.Errorf("the 65th got %v, want ErrFull", err)
	}
	cancel()
	group.Wait()
	if state := s.State(); state.Waiting != 0 || state.Held != 45*mib {
		t.Errorf("after all left: %+v", state)
	}
	held.Release()
}

// TestNothingIsLost has many take and leave at random. No more may be out than
// there is, and in the end everything is back.
func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	b := newBudget()
	var out atomic.Int64
	var group sync.WaitGroup
	for seed := range 16 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(seed), 1))
			for range 300 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(2000))*time.Microsecond)
				n := random.Int64N(20 * mib)
				if l, err := b.Pictures.Acquire(ctx, n, random.IntN(2) == 0); err == nil {
					if now := out.Add(n); now > 60*mib {
						t.Errorf("%d bytes are out", now)
					}
					left := random.Int64N(n + 1)
					out.Add(left - n)
					l.Shrink(left)
					out.Add(-left)
					l.Release()
				}
				cancel()
			}
		})
	}
	group.Wait()
	if state := b.Pictures.State(); state.Held != 0 || state.Waiting != 0 {
		t.Errorf("in the end %+v", state)
	}
	take(t, b.Pictures, 45*mib, true).Release()
	take(t, b.Pictures, 15*mib, false).Release()
}
