// Package batch merges work from any number of callers into runs of bounded
// size, as a model server needs: it counts items, not requests, never waits
// while the runner is idle, refuses what does not fit its bounds at once, and
// drops an item whose caller has left before it runs. It knows nothing of
// models or HTTP.
package batch

import (
	"cmp"
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
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
	// Usual is the most items in a run while few wait, where one of MaxBatch does
	// little more in a second and lets all in it wait; with more, a run takes half
	// of what waits. 0 means MaxBatch.
	Usual int
	// MaxDelay bounds how long a batch that is not full waits for more items
	// after a run has just ended; an idle runner never waits. 0 waits never.
	MaxDelay time.Duration
	// MaxItems and MaxBytes bound what waits in the queue, running items
	// excluded. 0 means no bound.
	MaxItems int
	MaxBytes int
	// Observe, where set, is told of every run once its items are answered.
	Observe func(Run)
}

// Take returns how many of the items that wait go into the next run.
func (o Options) Take(waiting int) int {
	return min(waiting, max(o.usual(), min(waiting/2, o.MaxBatch)))
}

// Enough says whether so many items wait that a run need not wait for more.
func (o Options) Enough(waiting int) bool { return waiting >= o.usual() }

func (o Options) usual() int { return cmp.Or(o.Usual, o.MaxBatch) }

// Run is one batch that has run.
type Run struct {
	Started, Ended time.Time
	Err            error
	Items          []Item // not to be kept after Observe has returned
}

// Item is an item of a [Run].
type Item struct {
	Context  context.Context // that its caller gave
	Enqueued time.Time
}

// Batcher runs items in batches, one batch at a time, in order of arrival.
type Batcher[In, Out any] struct {
	run     func(ctx context.Context, in []In, out []Out) error
	options Options

	mu        sync.Mutex
	queue     list.List // of *job[In, Out]
	bytes     int
	running   int                // jobs of the run under way whose callers still wait
	started   time.Time          // of the run under way, zero where there is none
	abandon   context.CancelFunc // cancels the run under way
	fullSince time.Time          // of the first refusal since there last was room
	changed   chan struct{}      // capacity 1: the queue has grown, or closed is set
	closed    bool
	stopped   chan struct{}

	// What one run after another uses, so that runs allocate little.
	in    []In
	out   []Out
	items []Item
}

type job[In, Out any] struct {
	ctx      context.Context //nolint:containedctx // A run observes whom it ran for.
	in       In
	bytes    int
	enqueued time.Time
	element  *list.Element // nil once a run has taken the job
	out      Out
	err      error
	done     chan struct{}
}

// New starts a batcher over run, which is called with up to MaxBatch inputs
// and as many outputs to fill; an error fails the whole batch. Its context ends
// when every caller of the batch has left. Calls of run never overlap.
func New[In, Out any](run func(ctx context.Context, in []In, out []Out) error, options Options) *Batcher[In, Out] {
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
// ends first; the item is then dropped from the queue, but a run that has
// taken it may still read it, so that its memory must not be reused.
func (b *Batcher[In, Out]) Do(ctx context.Context, in In, bytes int) (Out, error) {
	var zero Out
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	j := &job[In, Out]{ctx: ctx, in: in, bytes: bytes, enqueued: time.Now(), done: make(chan struct{})}
	if err := b.push(j); err != nil {
		return zero, err
	}
	select {
	case <-j.done:
		return j.out, j.err
	case <-ctx.Done():
		b.leave(j)
		return zero, ctx.Err()
	}
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

// Busy returns how long the run under way has lasted, 0 where there is none.
func (b *Batcher[In, Out]) Busy() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.started.IsZero() {
		return 0
	}
	return time.Since(b.started)
}

// Full returns for how long the queue has been refusing items: since the first
// refusal after which it has not been half empty. 0 means that there is room.
func (b *Batcher[In, Out]) Full() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fullSince.IsZero() {
		return 0
	}
	return time.Since(b.fullSince)
}

func (b *Batcher[In, Out]) push(j *job[In, Out]) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return ErrClosed
	}
	if err := b.refusal(j.bytes); err != nil {
		if b.fullSince.IsZero() && b.queue.Len() > 0 {
			b.fullSince = time.Now()
		}
		return err
	}
	j.element = b.queue.PushBack(j)
	b.bytes += j.bytes
	b.wake()
	return nil
}

// refusal says which bound an item of so many bytes would exceed, if any.
func (b *Batcher[In, Out]) refusal(bytes int) error {
	o := b.options
	switch {
	case o.MaxItems > 0 && b.queue.Len() >= o.MaxItems:
		return fmt.Errorf("%w: %d items wait, the bound is %d", ErrFull, b.queue.Len(), o.MaxItems)
	case o.MaxBytes > 0 && b.bytes+bytes > o.MaxBytes:
		return fmt.Errorf("%w: %d bytes wait, %d more exceed the bound of %d", ErrFull, b.bytes, bytes, o.MaxBytes)
	}
	return nil
}

// leave drops a job whose caller has left. A run is called off when the last
// of its callers has.
func (b *Batcher[In, Out]) leave(j *job[In, Out]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if j.element != nil {
		b.unlink(j)
		return
	}
	select {
	case <-j.done: // The run has just ended; there may be another by now.
		return
	default:
	}
	if b.running--; b.running == 0 {
		b.abandon()
	}
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
	var jobs []*job[In, Out]
	busy := false // whether a run has just ended, so that waiting may pay
	for {
		if busy {
			b.waitForMore()
		}
		ctx, cancel := context.WithCancel(context.Background())
		var closed bool
		jobs, closed = b.take(jobs[:0], cancel)
		if len(jobs) > 0 {
			b.runJobs(ctx, jobs)
			clear(jobs)
			busy = true
		}
		cancel()
		if len(jobs) == 0 {
			if closed {
				return
			}
			busy = false
			<-b.changed
		}
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
		if n == 0 || b.options.Enough(n) || closed || left <= 0 {
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

// take moves the next batch from the queue into jobs.
func (b *Batcher[In, Out]) take(jobs []*job[In, Out], cancel context.CancelFunc) (taken []*job[In, Out], closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range b.options.Take(b.queue.Len()) {
		j := b.queue.Front().Value.(*job[In, Out])
		b.unlink(j)
		jobs = append(jobs, j)
	}
	if len(jobs) > 0 {
		b.running, b.started, b.abandon = len(jobs), time.Now(), cancel
	}
	o := b.options
	if (o.MaxItems == 0 || 2*b.queue.Len() <= o.MaxItems) && (o.MaxBytes == 0 || 2*b.bytes <= o.MaxBytes) {
		b.fullSince = time.Time{}
	}
	return jobs, b.closed
}

func (b *Batcher[In, Out]) runJobs(ctx context.Context, jobs []*job[In, Out]) {
	b.in, b.items = b.in[:0], b.items[:0]
	for _, j := range jobs {
		b.in = append(b.in, j.in)
		b.items = append(b.items, Item{Context: j.ctx, Enqueued: j.enqueued})
	}
	b.out = slices.Grow(b.out[:0], len(jobs))[:len(jobs)]
	err := b.run(ctx, b.in, b.out)
	ended := time.Now()
	b.mu.Lock()
	started := b.started
	b.started = time.Time{}
	for i, j := range jobs {
		j.out, j.err = b.out[i], err
		close(j.done)
	}
	b.mu.Unlock()
	if b.options.Observe != nil {
		b.options.Observe(Run{Started: started, Ended: ended, Err: err, Items: b.items})
	}
	// What callers own must not be kept alive from here.
	clear(b.in)
	clear(b.out)
	clear(b.items)
}
