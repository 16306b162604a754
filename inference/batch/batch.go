// Package batch merges work from any number of callers into runs of bounded
// size, as a model server needs: it counts items, not requests, never waits
// while the runner is idle, refuses at once what does not fit its bounds or would
// come too late, and drops an item whose caller has left before it runs. It knows
// nothing of models or HTTP.
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

// ErrFull reports that a bound of the queue would be exceeded, or that what waits
// leaves an item too little of its time.
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
	// Runs are the most runs at a time. They begin beside each other once Crowd items
	// wait, until fewer wait than such a run usually takes. 0 means 1.
	Runs int
	// Crowd is at least as many items as a run beside others usually takes, which 0
	// means, too: that keeps a device fed which would wait between runs, and does not
	// make runs of few items of one of many. More are for runs that share a device,
	// and each take longer for it.
	Crowd int
	// Beside is the most items in a run beside others, of which half are usual. 0
	// means as many as in one alone.
	Beside int
	// Observe, where set, is told of every run once its items are answered. Calls of
	// runs beside each other may overlap.
	Observe func(Run)
}

// Take returns how many of the items that wait go into the next run.
func (o Options) Take(waiting int) int {
	return min(waiting, max(o.usual(), min(waiting/2, o.MaxBatch)))
}

// Enough says whether so many items wait that a run need not wait for more.
func (o Options) Enough(waiting int) bool { return waiting >= o.usual() }

func (o Options) usual() int { return cmp.Or(o.Usual, o.MaxBatch) }

// TakeBeside returns how many of the items that wait go into the next run, if it
// shares the device with others.
func (o Options) TakeBeside(waiting int) int {
	if o.Beside == 0 {
		return o.Take(waiting)
	}
	return min(waiting, max(o.few(), min(waiting/o.Runs, o.Beside)))
}

// few are the items of a run that usually shares the device with others.
func (o Options) few() int {
	if o.Beside == 0 {
		return o.usual()
	}
	return (o.Beside + 1) / 2
}

// crowded says whether so many items wait that runs are to begin beside each other,
// if they have been doing so or not.
func (o Options) crowded(waiting int, already bool) bool {
	return o.Runs > 1 && (waiting >= max(o.Crowd, o.few()) || already && waiting >= o.few())
}

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

// Batcher runs items in batches, in order of arrival.
type Batcher[In, Out any] struct {
	run     func(ctx context.Context, in []In, out []Out) error
	options Options

	mu        sync.Mutex
	queue     list.List // of *job[In, Out]
	bytes     int
	ended     bool      // whether a run has ended since the queue was last empty, so that waiting may pay
	running   int       // flights under way
	crowded   bool      // whether flights are to begin beside each other
	fullSince time.Time // of the first refusal since there last was room
	pace      pace
	changed   chan struct{} // capacity 1: the queue has grown, a run has ended, or closed is set
	closed    bool
	stopped   chan struct{}

	flights []*flight[In, Out]    // as many as there may be runs
	idle    chan *flight[In, Out] // those that are not under way
}

// flight is a run, and what one after another uses, so that runs allocate little.
type flight[In, Out any] struct {
	jobs    []*job[In, Out]
	waiting int                // jobs whose callers still wait, while it is under way
	started time.Time          // zero where it is not under way
	ctx     context.Context    //nolint:containedctx // Of the run under way.
	abandon context.CancelFunc // ends ctx

	in    []In
	out   []Out
	items []Item
}

type job[In, Out any] struct {
	ctx      context.Context //nolint:containedctx // A run observes whom it ran for.
	in       In
	bytes    int
	enqueued time.Time
	element  *list.Element    // nil once a run has taken the job
	run      *flight[In, Out] // the run that has
	out      Out
	err      error
	done     chan struct{}
}

// New starts a batcher over run, which is called with up to MaxBatch inputs
// and as many outputs to fill; an error fails the whole batch. Its context ends
// when every caller of the batch has left. No more calls of run overlap than
// options.Runs.
func New[In, Out any](run func(ctx context.Context, in []In, out []Out) error, options Options) *Batcher[In, Out] {
	b := &Batcher[In, Out]{
		run:     run,
		options: options,
		changed: make(chan struct{}, 1),
		stopped: make(chan struct{}),
		idle:    make(chan *flight[In, Out], max(1, options.Runs)),
	}
	for range cap(b.idle) {
		f := new(flight[In, Out])
		b.flights = append(b.flights, f)
		b.idle <- f
	}
	go b.loop()
	return b
}

// Do queues one item that holds bytes of memory and returns its result. It
// fails at once with [ErrFull] or [ErrClosed]; the former, too, if what waits takes more
// than half of the time that ctx has left, by the pace of the last runs. If more came
// than runs can do, each item that a run took would otherwise have waited for almost as
// long as its caller does, and most answers would come too late. The other half is for
// callers that are less patient than ctx says. It fails with ctx's error when ctx
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

// Busy returns how long the longest run under way has lasted, 0 where there is none.
func (b *Batcher[In, Out]) Busy() (longest time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.flights {
		if !f.started.IsZero() {
			longest = max(longest, time.Since(f.started))
		}
	}
	return longest
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
	if wait, deadline, ok := b.wait(j.ctx); ok && wait > deadline/2 {
		return fmt.Errorf("%w: %d items wait, for about %v, which is more than half of the %v that are left", ErrFull, b.queue.Len(), wait.Round(time.Millisecond), deadline.Round(time.Millisecond))
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
	if j.run.waiting--; j.run.waiting == 0 {
		j.run.abandon()
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

// loop starts runs.
func (b *Batcher[In, Out]) loop() {
	defer close(b.stopped)
	f := <-b.idle
	for {
		b.waitForMore()
		taken, closed := b.take(f)
		switch {
		case taken && cap(b.idle) == 1:
			b.fly(f) // Nothing is to begin meanwhile.
		case taken:
			go func(f *flight[In, Out]) {
				b.fly(f)
				b.idle <- f
				b.wake()
			}(f)
			f = <-b.idle
		case closed:
			for range cap(b.idle) - 1 {
				<-b.idle // Those under way end.
			}
			return
		default:
			<-b.changed
		}
	}
}

// waitForMore lets a batch that is not empty fill up behind a run that has just
// ended, until its oldest item has waited MaxDelay.
func (b *Batcher[In, Out]) waitForMore() {
	for {
		b.mu.Lock()
		n, mayPay := b.queue.Len(), b.ended && b.running == 0 && !b.closed
		var oldest time.Time
		if n > 0 {
			oldest = b.queue.Front().Value.(*job[In, Out]).enqueued
		}
		b.mu.Unlock()
		left := b.options.MaxDelay - time.Since(oldest)
		if n == 0 || b.options.Enough(n) || !mayPay || left <= 0 {
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

// take moves the next batch from the queue into a flight, if it is time for one.
func (b *Batcher[In, Out]) take(f *flight[In, Out]) (taken, closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o, n, alone := b.options, b.queue.Len(), b.running == 0
	b.crowded = o.crowded(n, b.crowded)
	if !alone && !b.crowded && !b.closed {
		return false, false
	}
	items := o.Take(n)
	if b.crowded || !alone {
		items = o.TakeBeside(n)
	}
	for range items {
		j := b.queue.Front().Value.(*job[In, Out])
		b.unlink(j)
		j.run = f
		f.jobs = append(f.jobs, j)
	}
	if (o.MaxItems == 0 || 2*b.queue.Len() <= o.MaxItems) && (o.MaxBytes == 0 || 2*b.bytes <= o.MaxBytes) {
		b.fullSince = time.Time{}
	}
	if len(f.jobs) == 0 {
		b.ended = b.ended && !alone
		return false, b.closed
	}
	b.running++
	f.waiting, f.started = len(f.jobs), time.Now()
	f.ctx, f.abandon = context.WithCancel(context.Background()) //nolint:gosec // fly calls it once the run has ended.
	return true, b.closed
}

// fly runs what a flight has taken, and answers it.
func (b *Batcher[In, Out]) fly(f *flight[In, Out]) {
	for _, j := range f.jobs {
		f.in = append(f.in, j.in)
		f.items = append(f.items, Item{Context: j.ctx, Enqueued: j.enqueued})
	}
	f.out = slices.Grow(f.out, len(f.jobs))[:len(f.jobs)]
	err := b.run(f.ctx, f.in, f.out)
	ended := time.Now()
	b.mu.Lock()
	started := f.started
	f.started, b.ended = time.Time{}, true
	b.running--
	b.pace.add(started, ended, len(f.jobs), err == nil && len(f.jobs) >= min(b.options.usual(), b.options.few()))
	for i, j := range f.jobs {
		j.out, j.err = f.out[i], err
		close(j.done)
	}
	b.mu.Unlock()
	if b.options.Observe != nil {
		b.options.Observe(Run{Started: started, Ended: ended, Err: err, Items: f.items})
	}
	f.abandon()
	// What callers own must not be kept alive from here.
	clear(f.jobs)
	clear(f.in)
	clear(f.out)
	clear(f.items)
	f.jobs, f.in, f.out, f.items, f.ctx = f.jobs[:0], f.in[:0], f.out[:0], f.items[:0], nil
}
