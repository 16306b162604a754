package pipeline

import (
	"context"
	"sync"

	"github.com/seed-74198975/rsclip/inference/batch"
)

// flights share work of equal keys that is under way. Unlike the singleflight
// of golang.org/x/sync, a caller that leaves does so at once, and the work is
// called off when the last of its callers has left. A queue is told when the first
// caller leaves.
type flights[K comparable, V any] struct {
	joined func() // is told of each caller that joins work that another began

	mu   sync.Mutex
	open map[K]*flight[V]
}

type flight[V any] struct {
	callers int
	cancel  context.CancelFunc
	done    chan struct{}
	value   V
	err     error
}

// do returns the result of work, which another caller may have begun. Work is
// traced as the first caller's.
func (f *flights[K, V]) do(ctx context.Context, key K, work func(context.Context) (V, error)) (value V, err error) {
	f.mu.Lock()
	current, shared := f.open[key]
	if shared {
		current.callers++
		f.joined()
	} else {
		detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
		if leaves, ok := ctx.Deadline(); ok {
			detached = batch.Leaving(detached, leaves)
		}
		current = &flight[V]{callers: 1, cancel: cancel, done: make(chan struct{})}
		if f.open == nil {
			f.open = make(map[K]*flight[V])
		}
		f.open[key] = current
		go func() {
			current.value, current.err = work(detached)
			f.forget(key, current)
			close(current.done)
			cancel()
		}()
	}
	f.mu.Unlock()

	select {
	case <-current.done:
		return current.value, current.err
	case <-ctx.Done():
		f.leave(key, current)
		return value, ctx.Err()
	}
}

// leave counts a caller out. What is called off is closed to new callers.
func (f *flights[K, V]) leave(key K, current *flight[V]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if current.callers--; current.callers > 0 {
		return
	}
	if f.open[key] == current {
		delete(f.open, key)
	}
	current.cancel()
}

func (f *flights[K, V]) forget(key K, current *flight[V]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.open[key] == current {
		delete(f.open, key)
	}
}
