package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/seed-74198975/rsclip/internal/leakcheck"
)

// TestMain fails where a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	leakcheck.Main(m, func() { // What the tests share.
		if dir, err := tinyFolder(); err == nil {
			_ = os.RemoveAll(filepath.Dir(dir))
		}
	})
}

// TestAFlightIsShared has callers of one key, of whom some leave early.
func TestAFlightIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		joined := make(chan struct{}, 3)
		f := flights[string, int]{joined: func() { joined <- struct{}{} }}
		var works atomic.Int32
		begun, finish := make(chan struct{}), make(chan struct{})
		ask := func(ctx context.Context) (int, error) {
			return f.do(ctx, "key", func(ctx context.Context) (int, error) {
				works.Add(1)
				close(begun)
				select {
				case <-finish:
					return 7, nil
				case <-ctx.Done():
					return 0, ctx.Err()
				}
			})
		}
		leaving, leave := context.WithCancel(t.Context())
		var left, stayed sync.WaitGroup
		left.Go(func() { // The first, whose leaving must not end the work of others.
			if _, err := ask(leaving); !errors.Is(err, context.Canceled) {
				t.Errorf("a caller that left got %v", err)
			}
		})
		<-begun
		for range 3 {
			stayed.Go(func() {
				if v, err := ask(t.Context()); v != 7 || err != nil {
					t.Errorf("got %d, %v", v, err)
				}
			})
		}
		for range 3 {
			<-joined
		}
		leave()
		left.Wait()
		close(finish)
		stayed.Wait()
		if works.Load() != 1 || len(f.open) != 0 {
			t.Errorf("%d works, %d flights are kept for nobody", works.Load(), len(f.open))
		}
	})
}

// TestAFlightEndsWithItsLastCaller has work that only its context ends.
func TestAFlightEndsWithItsLastCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f flights[string, int]
		ended := make(chan struct{})
		ctx, leave := context.WithCancel(t.Context())
		_, err := f.do(ctx, "key", func(ctx context.Context) (int, error) {
			leave()
			<-ctx.Done()
			close(ended)
			return 0, ctx.Err()
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		<-ended
	})
}

// TestABugCostsItsItemOnly panics on a worker, which must be free afterwards.
func TestABugCostsItsItemOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		workers := make(chan struct{}, 1)
		if _, err := work(t.Context(), workers, func() (int, error) { panic("a bug") }); err == nil {
			t.Error("there is no error")
		}
		if v, err := work(t.Context(), workers, func() (int, error) { return 7, nil }); v != 7 || err != nil {
			t.Errorf("the next item got %d, %v", v, err)
		}
		workers <- struct{}{}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if _, err := work(gone, workers, func() (int, error) { return 7, nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that left got %v", err)
		}
	})
}
