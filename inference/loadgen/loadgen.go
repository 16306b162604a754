// Package loadgen puts a bounded load on a server of models, and says what came
// of it.
package loadgen

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Arrivals say when requests begin.
type Arrivals string

// The kinds of arrivals. Constant and Poisson are open loops: requests begin
// when they are due, whether or not earlier ones were answered, and their times
// count from when they were due. A closed loop sends the next request of a
// client when its last one was answered, and so never sees a queue longer than
// its clients.
const (
	Constant Arrivals = "constant"
	Poisson  Arrivals = "poisson"
	Closed   Arrivals = "closed"
)

// Plan bounds a load. It ends at whichever bound comes first.
type Plan struct {
	Arrivals Arrivals `json:"arrivals"`
	// Rate is the requests to begin in a second, in an open loop.
	Rate float64 `json:"rate,omitempty"`
	// Clients is the most requests under way at a time.
	Clients int `json:"clients"`
	// Requests is the most requests to measure; 0 means no bound.
	Requests int `json:"requests,omitempty"`
	// Duration is the time in which requests to measure begin.
	Duration time.Duration `json:"duration_ns"`
	// WarmUp comes before, under the same load, and is not measured.
	WarmUp time.Duration `json:"warm_up_ns"`
	// Timeout bounds one request, from when it was due, and so the whole load:
	// what cannot begin in it counts as timed out.
	Timeout time.Duration `json:"timeout_ns"`
	// Seed makes Poisson arrivals the same in every run.
	Seed uint64 `json:"seed"`
}

func (p Plan) check() error {
	open := p.Arrivals == Constant || p.Arrivals == Poisson
	switch {
	case !open && p.Arrivals != Closed:
		return fmt.Errorf("the arrivals are %q: choose %s, %s or %s", p.Arrivals, Constant, Poisson, Closed)
	case open && !(p.Rate >= 0.001 && p.Rate <= 1e6):
		return fmt.Errorf("the rate of %s arrivals is %v: choose 0.001 to 1000000 requests a second", p.Arrivals, p.Rate)
	case p.Arrivals == Closed && p.Rate != 0:
		return fmt.Errorf("the rate is %v, and a closed loop has none: leave it out, or choose constant or poisson arrivals", p.Rate)
	case p.Clients < 1 || p.Clients > 100_000:
		return fmt.Errorf("the clients are %d: choose 1 to 100000", p.Clients)
	case p.Requests < 0:
		return fmt.Errorf("the requests are %d: choose 1 or more, or 0 for no bound", p.Requests)
	case p.Duration <= 0 || p.WarmUp < 0 || p.Timeout <= 0:
		return fmt.Errorf("the duration is %v, the warm-up %v and the timeout %v: choose positive times", p.Duration, p.WarmUp, p.Timeout)
	}
	return nil
}

// Send sends request number n, and returns what came of it, "ok" or the kind of
// a failure, in few words, since every kind is counted.
type Send func(ctx context.Context, n int) (outcome string)

// OK is the outcome of a request that was answered as it should be.
const OK = "ok"

// Run puts load on what send reaches. When ctx ends, so does the load, and the
// report is of what was measured until then: requests that this cut off are in
// no count.
func Run(ctx context.Context, plan Plan, send Send) (*Report, error) {
	if err := plan.check(); err != nil {
		return nil, fmt.Errorf("planning the load: %w", err)
	}
	now := time.Now()
	r := &run{plan: plan, send: send, ctx: ctx, meter: newMeter(now), measureFrom: now.Add(plan.WarmUp)}
	r.end = r.measureFrom.Add(plan.Duration)
	if plan.Arrivals == Closed {
		r.closedLoop()
	} else {
		r.openLoop()
	}
	return r.meter.report(plan), nil
}

// run is a load under way.
type run struct {
	plan             Plan
	send             Send
	ctx              context.Context //nolint:containedctx // It bounds the whole run.
	measureFrom, end time.Time
	meter            *meter

	mu       sync.Mutex
	begun    int // requests, the warm-up's too
	measured int // of them
}

// next returns the number of a request that is due now, and whether it is
// measured; ok is false when the load has ended.
func (r *run) next(due time.Time) (n int, measured, ok bool) {
	if r.ctx.Err() != nil || !due.Before(r.end) {
		return 0, false, false
	}
	measured = !due.Before(r.measureFrom)
	r.mu.Lock()
	defer r.mu.Unlock()
	if measured {
		if r.plan.Requests > 0 && r.measured == r.plan.Requests {
			return 0, false, false
		}
		r.measured++
	}
	r.begun++
	return r.begun - 1, measured, true
}

func (r *run) closedLoop() {
	var clients sync.WaitGroup
	for range r.plan.Clients {
		clients.Go(func() {
			for {
				now := time.Now()
				n, measured, ok := r.next(now)
				if !ok {
					return
				}
				r.one(n, now, measured)
			}
		})
	}
	clients.Wait()
}

func (r *run) openLoop() {
	random := rand.New(rand.NewPCG(r.plan.Seed, 0)) //nolint:gosec // Arrivals, not secrets.
	clients := make(chan struct{}, r.plan.Clients)
	var requests sync.WaitGroup
	defer requests.Wait()
	gap := func() time.Duration {
		mean := float64(time.Second) / r.plan.Rate
		if r.plan.Arrivals == Poisson {
			return time.Duration(mean * random.ExpFloat64())
		}
		return time.Duration(mean)
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for due := time.Now(); ; due = due.Add(gap()) {
		timer.Reset(time.Until(due))
		select {
		case <-r.ctx.Done():
			return
		case <-timer.C:
		}
		n, measured, ok := r.next(due)
		if !ok {
			return
		}
		select {
		case <-r.ctx.Done():
			return
		case clients <- struct{}{}:
		}
		requests.Go(func() {
			r.one(n, due, measured)
			<-clients
		})
	}
}

// one sends a request that was due.
func (r *run) one(n int, due time.Time, measured bool) {
	late := time.Since(due)
	ctx, cancel := context.WithDeadline(r.ctx, due.Add(r.plan.Timeout))
	outcome := r.send(ctx, n)
	cancel()
	if r.ctx.Err() != nil {
		return
	}
	now := time.Now()
	r.meter.answered(outcome, now, now.Before(r.measureFrom))
	if measured {
		r.meter.add(outcome, now.Sub(due), late)
	}
}
