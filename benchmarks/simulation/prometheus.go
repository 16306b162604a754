package main

// counter is one pod's count of answers, as Prometheus has scraped it.
type counter []count

// rate is PromQL's rate over the seconds before now, which is what the
// autoscaler's metric is; ok is false with fewer than two scrapes in them.
func (c counter) rate(now, seconds float64) (perSecond float64, ok bool) {
	for len(c) > 0 && c[0].at <= now-seconds {
		c = c[1:]
	}
	if len(c) < 2 {
		return 0, false
	}
	first, last := c[0], c[len(c)-1]
	increase, sampled := float64(last.n-first.n), last.at-first.at
	// It extrapolates to the ends of the window, but by half a scrape where a
	// series begins or ends within it, and never to before the count was 0.
	average := sampled / float64(len(c)-1)
	start, end := first.at-(now-seconds), now-last.at
	if start >= 1.1*average {
		start = average / 2
	}
	if increase > 0 {
		start = min(start, sampled*float64(first.n)/increase)
	}
	if end >= 1.1*average {
		end = average / 2
	}
	return increase * (sampled + start + end) / sampled / seconds, true
}
