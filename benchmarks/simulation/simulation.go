package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Simulation is a service of like pods under traffic. Requests come at random
// (Poisson) and each goes to a random pod that is ready, as a Service of
// Kubernetes spreads connections.
type Simulation struct {
	Pod  Pod
	Pods int // at the beginning, and ready
	// Autoscaler changes their number; nil leaves it. Its metric is Signal, of a pod
	// over so many seconds before now, and ok is false where that is not known yet;
	// nil is requests a second.
	Autoscaler *Autoscaler
	Signal     func(p *server, now, seconds float64) (value float64, ok bool)
	// RateSeconds is the window of the autoscaler's metric, and ScrapeSeconds is
	// how often Prometheus asks the pods.
	RateSeconds, ScrapeSeconds float64
	// MomentSeconds is how often a moment is noted; 0 is never.
	MomentSeconds float64
	Seed          uint64
}

// Outcome is what came of it.
type Outcome struct {
	Requests, Failed int
	Latency          Latency
	RunSeconds       float64 // of the run that a request was in, a mean of all answered
	PodSeconds       float64 // from the creation of each pod to its end
	MostPods         int
	// Slow is the part of requests that failed or took longer than the objective.
	Slow    float64
	Moments []Moment
}

// Moment is what is seen at one time.
type Moment struct {
	At            float64
	Wanted, Ready int
	Rate          float64 // of the traffic
	P95           float64 // seconds, since the moment before
}

// objective is the latency that 95 of 100 requests must keep, in seconds:
// what the service is made for.
const objective = 0.2

// Latency is percentiles of times in seconds.
type Latency struct{ Mean, P50, P95, P99 float64 }

func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, time.Hour.Microseconds(), 3)
}

func percentiles(h *hdrhistogram.Histogram) Latency {
	at := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1e6 }
	return Latency{h.Mean() / 1e6, at(50), at(95), at(99)}
}

// fleet is the pods of a simulation under way.
type fleet struct {
	Simulation
	random      *rand.Rand
	pods        []*server
	all, recent *hdrhistogram.Histogram
	slow, come  int
	runSeconds  float64 // of the runs of all answered requests
	out         Outcome
}

// Run lets the traffic pass. What is queued when it ends is answered still.
func (s Simulation) Run(traffic Traffic) Outcome {
	r := &fleet{Simulation: s, random: rand.New(rand.NewPCG(s.Seed, 0)), all: newHistogram(), recent: newHistogram()} //nolint:gosec // Arrivals, not secrets.
	for range s.Pods {
		r.add(0, 0)
	}
	if r.Signal == nil {
		r.Signal = requestsSignal
	}
	never := math.Inf(1)
	arrival, scrape, sync, moment := r.next(traffic, 0), never, never, never
	if s.Autoscaler != nil {
		scrape, sync = s.ScrapeSeconds*r.random.Float64(), syncSeconds*r.random.Float64()
	}
	if s.MomentSeconds > 0 {
		moment = s.MomentSeconds
	}
	for {
		// Who acts next: a pod, or something around them.
		now, actor := min(arrival, scrape, sync, moment), (*server)(nil)
		for _, p := range r.pods {
			if at, ok := p.next(); ok && at < now {
				now, actor = at, p
			}
		}
		switch {
		case actor != nil:
			actor.advance(now)
			r.end(now, actor)
		case now > traffic.Seconds:
			return r.outcome(traffic)
		case now == arrival:
			r.arrive(now)
			arrival = r.next(traffic, now)
		case now == scrape:
			for _, p := range r.pods {
				p.scraped = append(p.scraped, count{now, p.answered})
				p.begun = append(p.begun, count{now, p.started})
				p.waited = append(p.waited, count{now, p.waitedMicroseconds})
			}
			scrape += s.ScrapeSeconds
		case now == sync:
			r.scale(now)
			sync += syncSeconds
		default:
			r.out.Moments = append(r.out.Moments, Moment{now, len(r.living()), len(r.serving(now)), traffic.Rate(now), percentiles(r.recent).P95})
			r.recent.Reset()
			moment += s.MomentSeconds
		}
	}
}

func (r *fleet) outcome(traffic Traffic) Outcome {
	for _, p := range r.pods {
		r.out.PodSeconds += traffic.Seconds - p.born
	}
	r.out.Latency = percentiles(r.all)
	r.out.RunSeconds = r.runSeconds / float64(max(1, r.out.Requests-r.out.Failed))
	r.out.Slow = float64(r.slow) / float64(max(1, r.out.Requests))
	return r.out
}

// next returns when the next request comes. Of requests at the highest rate,
// some do not happen, so that the others come at the rate of their time.
func (r *fleet) next(traffic Traffic, now float64) float64 {
	if traffic.Arrivals != nil {
		if r.come++; r.come > len(traffic.Arrivals) {
			return math.Inf(1)
		}
		return traffic.Arrivals[r.come-1]
	}
	for {
		now += r.random.ExpFloat64() / traffic.Most
		if now > traffic.Seconds {
			return math.Inf(1)
		}
		if r.random.Float64()*traffic.Most < traffic.Rate(now) {
			return now
		}
	}
}

// done notes what came of a request.
func (r *fleet) done(seconds, run float64, ok bool) {
	r.out.Requests++
	if ok {
		_ = r.all.RecordValue(int64(seconds * 1e6))
		_ = r.recent.RecordValue(int64(seconds * 1e6))
		r.runSeconds += run
	} else {
		r.out.Failed++
	}
	if !ok || seconds > objective {
		r.slow++
	}
}

func (r *fleet) arrive(now float64) {
	serving := r.serving(now)
	if len(serving) == 0 {
		r.done(0, 0, false)
		return
	}
	serving[r.random.IntN(len(serving))].arrive(now)
}

func (r *fleet) add(now, ready float64) {
	r.pods = append(r.pods, &server{pod: r.Pod, random: r.random, done: r.done, born: now, ready: ready, scanning: scanning{times: r.Pod.ScanSeconds}})
	r.out.MostPods = max(r.out.MostPods, len(r.living()))
}

// end removes a pod that has drained.
func (r *fleet) end(now float64, p *server) {
	if _, works := p.next(); p.draining && !works {
		r.out.PodSeconds += now - p.born
		r.pods = slices.DeleteFunc(r.pods, func(other *server) bool { return other == p })
	}
}

// living are the pods that are not to end.
func (r *fleet) living() []*server {
	return where(r.pods, func(p *server) bool { return !p.draining })
}

// serving are those that requests go to.
func (r *fleet) serving(now float64) []*server {
	return where(r.pods, func(p *server) bool { return !p.draining && p.ready <= now })
}

func where(pods []*server, so func(*server) bool) (found []*server) {
	for _, p := range pods {
		if so(p) {
			found = append(found, p)
		}
	}
	return found
}

// scale asks the autoscaler, and follows it: the youngest pods end first.
func (r *fleet) scale(now float64) {
	living := r.living()
	var rates []float64
	for _, p := range living {
		if rate, ok := r.Signal(p, now, r.RateSeconds); ok {
			rates = append(rates, rate)
		}
	}
	wanted := r.Autoscaler.Desire(now, len(living), rates)
	for range wanted - len(living) {
		r.add(now, now+r.Pod.StartSeconds)
	}
	for _, p := range living[min(wanted, len(living)):] {
		p.draining = true
		r.end(now, p)
	}
}
