package loadgen

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Times are recorded in microseconds to three digits, up to an hour.
const (
	longest = int64(time.Hour / time.Microsecond)
	digits  = 3
)

// meter gathers what requests took. Its methods may be called at the same time.
type meter struct {
	mu       sync.Mutex
	latency  *hdrhistogram.Histogram // of those that went well
	late     *hdrhistogram.Histogram
	outcomes map[string]int

	// What the throughput is of: the answers after the last one of the warm-up, or
	// after the load has begun. That one ended a run of a server that batches, so
	// that no work is counted of which a part was done before, nor left out for
	// having been asked for in the warm-up.
	after, last time.Time
	went        int // well
}

func newMeter(begin time.Time) *meter {
	return &meter{
		latency: hdrhistogram.New(1, longest, digits), late: hdrhistogram.New(1, longest, digits), outcomes: make(map[string]int),
		after: begin, last: begin,
	}
}

// answered counts a request for the throughput, whenever it was asked for.
func (m *meter) answered(outcome string, at time.Time, warmUp bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last = at
	switch {
	case warmUp:
		m.after = at
	case outcome == OK:
		m.went++
	}
}

func (m *meter) add(outcome string, latency, late time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.outcomes[outcome]++
	if outcome == OK {
		_ = m.latency.RecordValue(min(latency.Microseconds(), longest))
	}
	_ = m.late.RecordValue(min(late.Microseconds(), longest))
}

// Report is what came of a load. Times are in milliseconds.
type Report struct {
	Plan     Plan           `json:"plan"`
	Seconds  float64        `json:"seconds"` // from the last answer of the warm-up, or else the beginning, to the last answer
	Requests int            `json:"requests"`
	Outcomes map[string]int `json:"outcomes"`
	// PerSecond is the rate of requests that went well in these seconds: those
	// that were asked for in the warm-up count, as the work on them does.
	PerSecond float64 `json:"per_second"`
	// Latency is of requests that went well: from when they were due, in an open
	// loop, to the end of their answers.
	Latency Percentiles `json:"latency_ms"`
	// Late is how long after they were due requests began.
	Late Percentiles `json:"late_ms"`
	// Behind tells that the generator, or its clients, could not keep up with an
	// open loop: one request in a hundred began later than 5 ms and a tenth of
	// the median latency. The latency then measures the generator too.
	Behind bool `json:"behind"`
	// Curve is the latency by percentile.
	Curve []Point `json:"curve"`
	// Histogram counts the requests of a latency, in rising order, so that the
	// percentiles of several reports together can be worked out.
	Histogram []Bar `json:"histogram"`
}

// Percentiles are of times, in milliseconds.
type Percentiles struct {
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

// Point is one of a curve.
type Point struct {
	Percentile   float64 `json:"percentile"`
	Milliseconds float64 `json:"ms"`
}

// Bar is one of a histogram: a latency, to three digits, and how many had it.
type Bar struct {
	Milliseconds float64 `json:"ms"`
	Count        int64   `json:"count"`
}

func percentiles(h *hdrhistogram.Histogram) Percentiles {
	at := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1000 }
	return Percentiles{h.Mean() / 1000, at(50), at(90), at(95), at(99), at(99.9), float64(h.Max()) / 1000}
}

func (m *meter) report(plan Plan) *Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := &Report{Plan: plan, Outcomes: m.outcomes, Latency: percentiles(m.latency), Late: percentiles(m.late)}
	for _, n := range m.outcomes {
		r.Requests += n
	}
	if r.Seconds = m.last.Sub(m.after).Seconds(); r.Seconds > 0 {
		r.PerSecond = float64(m.went) / r.Seconds
	}
	r.Behind = plan.Arrivals != Closed && r.Late.P99 > max(5, r.Latency.P50/10)
	for _, b := range m.latency.CumulativeDistribution() {
		r.Curve = append(r.Curve, Point{b.Quantile, float64(b.ValueAt) / 1000})
	}
	for _, b := range m.latency.Distribution() {
		if b.Count > 0 {
			r.Histogram = append(r.Histogram, Bar{float64(b.To) / 1000, b.Count})
		}
	}
	return r
}

// Failed returns how many requests did not go well.
func (r *Report) Failed() int { return r.Requests - r.Outcomes[OK] }

// Print writes the report for people.
func (r *Report) Print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(t, "requests\t%d in %.1f s, %d of them failed\n", r.Requests, r.Seconds, r.Failed())
	for _, outcome := range slices.Sorted(maps.Keys(r.Outcomes)) {
		if outcome != OK {
			_, _ = fmt.Fprintf(t, "\t%d: %s\n", r.Outcomes[outcome], outcome)
		}
	}
	_, _ = fmt.Fprintf(t, "throughput\t%.1f a second", r.PerSecond)
	if r.Plan.Arrivals != Closed {
		_, _ = fmt.Fprintf(t, ", asked for %.1f", r.Plan.Rate)
	}
	_, _ = fmt.Fprintf(t, "\n")
	for _, row := range []struct {
		name string
		p    Percentiles
	}{{"latency, ms", r.Latency}, {"begun late, ms", r.Late}} {
		_, _ = fmt.Fprintf(t, "%s\tmean %.2f  P50 %.2f  P90 %.2f  P95 %.2f  P99 %.2f  P99.9 %.2f  max %.2f\n",
			row.name, row.p.Mean, row.p.P50, row.p.P90, row.p.P95, row.p.P99, row.p.P999, row.p.Max)
	}
	if r.Behind {
		_, _ = fmt.Fprintf(t, "behind\trequests began late, and their latency counts it: the server is past its limit, or this generator or its %d clients are\n", r.Plan.Clients)
	}
	return t.Flush()
}
