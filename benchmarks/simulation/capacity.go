package main

import "math"

// requestsToLearn is how many requests a percentile of a steady rate is taken
// of; a P95 then varies by some 2 % from seed to seed, more near saturation.
const requestsToLearn = 40_000

// at returns what a steady rate makes of one pod.
func (p Pod) at(rate float64) Outcome {
	return Simulation{Pod: p, Pods: 1, Seed: 1}.Run(steady(rate, requestsToLearn/rate))
}

// most is the rate that the largest batches sustain, and scans that as many share as
// were measured, at any latency.
func (p Pod) most() float64 {
	n := len(p.BatchSeconds)
	most := float64(n) / p.BatchSeconds[n-1]
	if n := len(p.ScanSeconds); n > 0 {
		most = min(most, float64(n)/p.ScanSeconds[n-1])
	}
	return most
}

// capacity returns the highest rate of random requests of which 95 in 100 are
// answered within the objective, to a hundredth; 0 where none is. Pods that
// share traffic at random are each like one alone, so a service needs its rate
// over this many.
func (p Pod) capacity() float64 {
	keeps := func(rate float64) bool {
		o := p.at(rate)
		return o.Failed == 0 && o.Latency.P95 <= objective
	}
	high := p.most()
	low := high / 1000
	if !keeps(low) {
		return 0
	}
	for high/low > 1.01 {
		if middle := math.Sqrt(low * high); keeps(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}
