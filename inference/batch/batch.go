// Package batch merges work from any number of callers into runs of bounded
// size, as a model server needs: it counts items, not requests, never waits
// while the runner is idle, refuses what does not fit its bounds at once, and
// drops an item whose caller has left before it runs. It knows nothing of
// models or HTTP.
package batch

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrFull reports that a bound of the queue would be exceeded.
var ErrFull = errors.New("queue is full")

// ErrClosed reports that the batcher has been closed.
var ErrClosed = errors.New("queue is closed")

// Options bound a [Batcher].
type Options struct {
	// MaxBatch is the most items in one run, at least 1.
	MaxBatch int
	// MaxDelay bounds how long a batch that is not full waits for more items
	// after a run has just ended; an idle runner never waits. 0 waits never.
	MaxDelay time.Duration
	// MaxItems and MaxBytes bound what waits in the queue, running items
	// excluded. 0 means no bound.
	MaxItems int
	MaxBytes int
}

// Batcher runs items in batches, one batch at a time, in order of arrival.
type Batcher[In, Out any] struct {
	run     func(in []In, out []Out) error
	options Options

	mu      sync.Mutex
	queue   list.List // of *job[In, Out]
	bytes   int
	changed chan struct{} // capacity 1: the queue has grown, or closed is set
	closed  bool
	stopped chan struct{}
}

type job[In, Out any] struct {
	in       In
	bytes    int
	enqueued time.Time
	element  *list.Element // nil once a run has taken the job
	out      Out
	err      error
	done     chan struct{}
}

// New starts a batcher over run, which is called with up to MaxBatch inputs
// and as many outputs to fill; an error fails the whole batch. Calls of run
// never overlap.
func New[In, Out any](run func(in []In, out []Out) error, options Options) *Batcher[In, Out] {
	b := &Batcher[In, Out]{
		run:     run,
		options: options,
		changed: make(chan struct{}, 1),
		stopped: make(chan struct{}),
	}
	go b.loop()
	return b
}

// Do queues one item that holds bytes of memory and returns its result. It
// fails at once with [ErrFull] or [ErrClosed], and with ctx's error when ctx
// ends while the item is queued. Once a run has taken the item, Do waits for
// it, so that the caller may reuse the item's memory after Do has returned.
func (b *Batcher[In, Out]) Do(ctx context.Context, in In, bytes int) (Out, error) {
	var zero Out
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	j := &job[In, Out]{in: in, bytes: bytes, enqueued: time.Now(), done: make(chan struct{})}
	if err := b.push(j); err != nil {
		return zero, err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if b.remove(j) {
			return zero, ctx.Err()
		}
		<-j.done
	}
	return j.out, j.err
}

// Close refuses new items, runs those that are queued, and returns when the
// last run has ended.
func (b *Batcher[In, Out]) Close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.wake()
	<-b.stopped
}

// Depth returns how many items wait, and how many bytes they hold.
func (b *Batcher[In, Out]) Depth() (items, bytes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.queue.Len(), b.bytes
}

func (b *Batcher[In, Out]) push(j *job[In, Out]) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.options
	switch {
	case b.closed:
		return ErrClosed
	case o.MaxItems > 0 && b.queue.Len() >= o.MaxItems:
		return fmt.Errorf("%w: %d items wait, the bound is %d", ErrFull, b.queue.Len(), o.MaxItems)
	case o.MaxBytes > 0 && b.bytes+j.bytes > o.MaxBytes:
		return fmt.Errorf("%w: %d bytes wait, %d more exceed the bound of %d", ErrFull, b.bytes, j.bytes, o.MaxBytes)
	}
	j.element = b.queue.PushBack(j)
	b.bytes += j.bytes
	b.wake()
	return nil
}

// remove takes j out of the queue, and reports false where a run has it.
func (b *Batcher[In, Out]) remove(j *job[In, Out]) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if j.element == nil {
		return false
	}
	b.unlink(j)
	return true
}

func (b *Batcher[In, Out]) unlink(j *job[In, Out]) {
	b.queue.Remove(j.element)
	j.element = nil
	b.bytes -= j.bytes
}

func (b *Batcher[In, Out]) wake() {
	select {
	case b.changed <- struct{}{}:
	default: // a wake-up is already pending
	}
}

// loop is the runner.
func (b *Batcher[In, Out]) loop() {
	defer close(b.stopped)
	busy := false // whether a run has just ended, so that waiting may pay
	for {
		if busy {
			b.waitForMore()
		}
		jobs, closed := b.take()
		if len(jobs) == 0 {
			if closed {
				return
			}
			busy = false
			<-b.changed
			continue
		}
		b.runJobs(jobs)
		busy = true
	}
}

// waitForMore lets a batch that is not empty fill up until its oldest item has
// waited MaxDelay.
func (b *Batcher[In, Out]) waitForMore() {
	for {
		b.mu.Lock()
		n, closed := b.queue.Len(), b.closed
		var oldest time.Time
		if n > 0 {
			oldest = b.queue.Front().Value.(*job[In, Out]).enqueued
		}
		b.mu.Unlock()
		left := b.options.MaxDelay - time.Since(oldest)
		if n == 0 || n >= b.options.MaxBatch || closed || left <= 0 {
			return
		}
		timer := time.NewTimer(left)
		select {
		case <-b.changed:
			timer.Stop()
		case <-timer.C:
			return
		}
	}
}

// take removes the next batch from the queue.
func (b *Batcher[In, Out]) take() (jobs []*job[In, Out], closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(jobs) < b.options.MaxBatch && b.queue.Len() > 0 {
		j := b.queue.Front().Value.(*job[In, Out])
		b.unlink(j)
		jobs = append(jobs, j)
	}
	return jobs, b.closed
}

func (b *Batcher[In, Out]) runJobs(jobs []*job[In, Out]) {
	in := make([]In, len(jobs))
	for i, j := range jobs {
		in[i] = j.in
	}
	out := make([]Out, len(jobs))
	err := b.run(in, out)
	for i, j := range jobs {
		j.out, j.err = out[i], err
		close(j.done)
	}
}
