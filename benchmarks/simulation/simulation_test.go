package main

import (
	"fmt"
	"math"
	"testing"
)

// TestOnePodIsMD1 compares the mean time of one server of constant service with
// the formula of Pollaczek and Khinchin.
func TestOnePodIsMD1(t *testing.T) {
	t.Parallel()
	const service = 0.01
	for _, load := range []float64{0.2, 0.5, 0.8} {
		want := service + load*service/(2*(1-load))
		got := Simulation{Pod: Pod{BatchSeconds: []float64{service}}, Pods: 1, Seed: 3}.Run(steady(load/service, 3000)).Latency.Mean
		if math.Abs(got-want) > 0.02*want {
			t.Errorf("at a load of %v the mean is %.5f s, want %.5f", load, got, want)
		}
	}
}

// TestRandomPodsAreEachLikeOneAlone shares twice the traffic among twice the
// pods, which is what Pod.capacity rests on.
func TestRandomPodsAreEachLikeOneAlone(t *testing.T) {
	t.Parallel()
	pod := Pod{BatchSeconds: []float64{0.02, 0.03, 0.04}}
	for pods := 1; pods <= 4; pods *= 2 {
		got := Simulation{Pod: pod, Pods: pods, Seed: 4}.Run(steady(40*float64(pods), 2000)).Latency
		want := pod.at(40).Latency
		if math.Abs(got.P95-want.P95) > 0.03*want.P95 || math.Abs(got.Mean-want.Mean) > 0.03*want.Mean {
			t.Errorf("%d pods: %+v, want %+v", pods, got, want)
		}
	}
}

// TestBatchesAreTheQueueOfTheory compares the mean time in a queue whose server
// takes all that waits, up to a bound, with the Markov chain of its length at
// the ends of runs, solved by iteration.
func TestBatchesAreTheQueueOfTheory(t *testing.T) {
	t.Parallel()
	for _, seconds := range [][]float64{
		{0.010},
		{0.010, 0.012, 0.014, 0.016},
		{0.010, 0.010, 0.010, 0.010, 0.010, 0.010, 0.010, 0.010},
		{0.020, 0.040, 0.060, 0.080},
	} {
		pod := Pod{BatchSeconds: seconds}
		for _, load := range []float64{0.3, 0.6, 0.85} {
			t.Run(fmt.Sprintf("%v at %v", seconds, load), func(t *testing.T) {
				t.Parallel()
				rate := load * pod.most()
				want := meanOfChain(rate, seconds)
				got := Simulation{Pod: pod, Pods: 1, Seed: 5}.Run(steady(rate, 50_000/rate)).Latency.Mean
				if math.Abs(got-want) > 0.05*want {
					t.Errorf("the mean is %.5f s, want %.5f", got, want)
				}
			})
		}
	}
}

// meanOfChain is the mean time of a request, by the numbers that wait when runs
// end: q waiting start a run of min(q, bound), or the next one alone where there
// are none; by the end of the run a Poisson number have come.
func meanOfChain(rate float64, seconds []float64) float64 {
	const longest = 300
	started := func(q int) (waiting, taken int) {
		q = max(q, 1)
		return q, min(q, len(seconds))
	}
	// In each row, the chance of each next length.
	next := make([][]float64, longest)
	for q := range next {
		next[q] = make([]float64, longest)
		waiting, taken := started(q)
		mean := rate * seconds[taken-1]
		chance := math.Exp(-mean)
		for arrivals := 0; ; arrivals++ {
			to := min(waiting-taken+arrivals, longest-1)
			next[q][to] += chance
			if to == longest-1 {
				break
			}
			chance *= mean / float64(arrivals+1)
		}
	}
	share := make([]float64, longest)
	share[0] = 1
	for range 3000 {
		after := make([]float64, longest)
		for q, s := range share {
			if s < 1e-15 {
				continue
			}
			for to, p := range next[q] {
				after[to] += s * p
			}
		}
		share = after
	}
	// Little's law: the mean number in the system over the rate.
	var items, time float64
	for q, s := range share {
		waiting, taken := started(q)
		run := seconds[taken-1]
		items += s * (float64(waiting)*run + rate*run*run/2)
		time += s * run
		if q == 0 {
			time += s / rate
		}
	}
	return items / time / rate
}

// TestAFewWaitForMore has a batch that is not full wait, after a run only, until
// its oldest item has waited for the delay or it is full.
func TestAFewWaitForMore(t *testing.T) {
	t.Parallel()
	var took []float64
	s := &server{pod: Pod{BatchSeconds: []float64{1, 1, 1}, DelaySeconds: 0.5}, done: func(seconds, _ float64, _ bool) { took = append(took, seconds) }}
	until := func(now float64) {
		for at, ok := s.next(); ok && at <= now; at, ok = s.next() {
			s.advance(at)
		}
	}
	// The first runs at once, to 1. The second waits from 1 to 1.4, and runs to
	// 2.4. The others wait from then until they are full at 2.7, and run to 3.7.
	for _, at := range []float64{0, 0.9, 2.3, 2.6, 2.7} {
		until(at)
		s.arrive(at)
	}
	until(10)
	want := []float64{1, 1.5, 1.4, 1.1, 1}
	for i := range want {
		if len(took) != len(want) || math.Abs(took[i]-want[i]) > 1e-9 {
			t.Fatalf("requests took %v, want %v", took, want)
		}
	}
}

// TestCapacityKeepsTheObjective asks for the rate of a pod whose single runs
// take longer than the objective, and of one whose do not.
func TestCapacityKeepsTheObjective(t *testing.T) {
	t.Parallel()
	if got := (Pod{BatchSeconds: []float64{0.3}}).capacity(); got != 0 {
		t.Errorf("a pod that takes 0.3 s sustains %v a second within 0.2 s", got)
	}
	pod := Pod{BatchSeconds: []float64{0.02, 0.03, 0.04, 0.05}}
	rate := pod.capacity()
	within, beyond := pod.at(rate).Latency.P95, pod.at(1.05*rate).Latency.P95
	if !(within <= objective && beyond > objective) {
		t.Errorf("at %v a second P95 is %v s, and %v at a twentieth more: want the objective between", rate, within, beyond)
	}
}

// TestPodsFollowTheTraffic lets a step pass: pods come, after they have started,
// and go, and no request is lost on the way down.
func TestPodsFollowTheTraffic(t *testing.T) {
	t.Parallel()
	s := Simulation{
		Pod: Pod{BatchSeconds: []float64{0.05}, StartSeconds: 20}, Pods: 2,
		Autoscaler: &Autoscaler{Min: 2, Max: 10, Target: 10}, RateSeconds: 120, ScrapeSeconds: 30, MomentSeconds: 15, Seed: 1,
	}
	o := s.Run(step(36))
	if o.Failed != 0 {
		t.Errorf("%d of %d requests failed", o.Failed, o.Requests)
	}
	if o.MostPods != 4 {
		t.Errorf("at most %d pods for 36 requests a second of 10 each", o.MostPods)
	}
	if last := o.Moments[len(o.Moments)-1]; last.Wanted != 2 {
		t.Errorf("%d pods at the end, want 2", last.Wanted)
	}
	for _, m := range o.Moments {
		if m.At < 620 && m.Ready > 2 {
			t.Errorf("at %v s %d pods are ready, before one can have started", m.At, m.Ready)
		}
	}
}

// TestGivenArrivals follows four requests by hand: one runs, two wait for it and
// run together, and one finds the pod idle.
func TestGivenArrivals(t *testing.T) {
	t.Parallel()
	pod := Pod{BatchSeconds: []float64{1, 1.5}}
	for factor, want := range map[float64]struct{ mean, run float64 }{
		1: {(1 + 2.3 + 2.1 + 1) / 4, (1 + 1.5 + 1.5 + 1) / 4.0},
		2: {(2 + 4.8 + 4.6 + 4) / 4, (2 + 3 + 3 + 2) / 4.0},
	} {
		got := pod.slowedBy(factor).under([]float64{0.4, 0, 0.2, 3})
		if got.Requests != 4 || got.Failed != 0 || math.Abs(got.Latency.Mean-want.mean) > 0.001*want.mean || math.Abs(got.RunSeconds-want.run) > 1e-9 {
			t.Errorf("%v times as slow: %+v, want %+v", factor, got, want)
		}
	}
}
