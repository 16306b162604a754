package batch

import (
	"context"
	"time"
)

// pace is how many items runs do in a time, of runs as a queue has them in which items
// wait. Each run counts for a tenth less than the next one.
type pace struct {
	items, seconds float64
	ended          time.Time // the last run
}

// add adds a run. One that says nothing of a full queue does not count. Of runs beside
// each other, the time that has been counted is not counted again.
func (p *pace) add(started, ended time.Time, items int, counts bool) {
	if started.Before(p.ended) {
		started = p.ended
	}
	p.ended = ended
	if counts {
		const keep = 0.9
		p.items = keep*p.items + float64(items)
		p.seconds = keep*p.seconds + ended.Sub(started).Seconds()
	}
}

type leaving struct{}

// Leaving returns a context that tells a batcher when its caller leaves, if the context
// itself does not end then.
func Leaving(ctx context.Context, at time.Time) context.Context {
	return context.WithValue(ctx, leaving{}, at)
}

// wait is about how long an item will wait that comes now, and how long its caller does,
// if both are known.
func (b *Batcher[In, Out]) wait(ctx context.Context) (wait, left time.Duration, ok bool) {
	until, ok := ctx.Value(leaving{}).(time.Time)
	if !ok {
		until, ok = ctx.Deadline()
	}
	if !ok || b.pace.items == 0 {
		return 0, 0, false
	}
	seconds := float64(b.queue.Len()) * b.pace.seconds / b.pace.items
	return time.Duration(seconds * float64(time.Second)), time.Until(until), true
}
