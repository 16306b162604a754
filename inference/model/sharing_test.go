package model

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	ort "github.com/yalue/onnxruntime_go"
	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/config"
)

// BenchmarkSharing runs each tower of the model in RSCLIP_MODEL, and both at once, in
// each way to share a CPU's threads, in turns of a moment, so that a machine whose speed
// drifts is as fast for all. A way's rate is how many times the tokens and patches a
// second of one run of all threads it embeds, and per-cpu the same for a second of the
// processors' time: medians of the rounds' ratios. RSCLIP_THREADS are the threads; by
// default there are as many as processors.
func BenchmarkSharing(b *testing.B) {
	dir, d := ofRealSize(b)
	threads, err := strconv.Atoi(os.Getenv("RSCLIP_THREADS"))
	if err != nil {
		threads = runtime.GOMAXPROCS(0)
	}
	if threads == 1 {
		b.Skip("one thread has nothing to share")
	}
	c := config.DefaultModel()
	c.CPU = &config.CPUOptions{Threads: threads}
	most, shared := batchSizes(config.CPU, c, d), sharings(config.CPU, c, d)
	before := resident(b)
	text, vision, err := newTowers(dir, d, config.CPU, c, most, shared, nil)
	if err != nil {
		b.Fatal(err)
	}
	first := resident(b)
	c.CPU.Threads = 1
	text1, vision1, err := newTowers(dir, d, config.CPU, c, most, map[Tower]sharing{Text: {runs: 1}, Vision: {runs: 1}}, nil)
	if err != nil {
		b.Fatal(err)
	}
	second := resident(b)
	for name, towers := range map[string][]Tower{"text": {Text}, "vision": {Vision}, "both": Towers} {
		b.Run(name, func(b *testing.B) {
			half := func(t Tower) int { return (shared[t].beside + 1) / 2 }
			full := func(t Tower) int { return shared[t].beside }
			bare := func(t Tower, items int) func() error {
				if t == Text {
					return bareRun(b, text1, items)
				}
				return bareRun(b, vision1, items)
			}
			ours := func(t Tower, items int) func() error {
				if t == Text {
					return towerRun(b, text, items)
				}
				return towerRun(b, vision, items)
			}
			ways := []struct {
				name  string
				run   func(t Tower, items int) func() error
				runs  int
				items func(Tower) int
			}{
				{"all-threads", ours, 1, func(t Tower) int { return most[t] }},
				{"beside", ours, threads, full},
				{"beside-half", ours, threads, half},
				{"one-thread-sessions", bare, threads, full},
				{"one-thread-sessions-half", bare, threads, half},
			}
			rates, perCPU := make([][]float64, len(ways)), make([][]float64, len(ways))
			for round := 0; b.Loop(); round++ {
				for i := range ways {
					i = (i + round) % len(ways)
					var loads []load
					for _, t := range towers {
						for range ways[i].runs {
							items := ways[i].items(t)
							loads = append(loads, load{ways[i].run(t, items), items * positions(d)[t]})
						}
					}
					rate, cpu := atOnce(b, loads)
					rates[i], perCPU[i] = append(rates[i], rate), append(perCPU[i], cpu)
				}
			}
			for i, w := range ways {
				b.ReportMetric(ratio(rates[i], rates[0]), w.name+"-rate")
				b.ReportMetric(ratio(perCPU[i], perCPU[0]), w.name+"-per-cpu")
			}
			b.ReportMetric(float64(first-before)/1e6, "sessions-MB")
			b.ReportMetric(float64(second-first)/1e6, "second-sessions-MB")
		})
	}
}

// load is a run of so many tokens or patches, again and again.
type load struct {
	run  func() error
	rows int
}

// atOnce runs loads beside each other for a moment, and returns the rows of a second,
// and of a second of the processors' time.
func atOnce(b *testing.B, loads []load) (rate, perCPU float64) {
	b.Helper()
	var rows atomic.Int64
	var all errgroup.Group
	start, before := time.Now(), cpuTime()
	for _, l := range loads {
		all.Go(func() error {
			for time.Since(start) < 400*time.Millisecond {
				if err := l.run(); err != nil {
					return err
				}
				rows.Add(int64(l.rows))
			}
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		b.Fatal(err)
	}
	return float64(rows.Load()) / time.Since(start).Seconds(), float64(rows.Load()) / (cpuTime() - before).Seconds()
}

// towerRun runs items as the server does.
func towerRun[T int64 | uint8](b *testing.B, t *tower[T], items int) func() error {
	b.Helper()
	in, out := make([][]T, items), make([][]float32, items)
	for i := range in {
		in[i] = t.sample
	}
	return func() error { return t.run(b.Context(), in, out) }
}

// bareRun runs items by nothing but the session, beside others that do.
func bareRun[T int64 | uint8](b *testing.B, t *tower[T], items int) func() error {
	b.Helper()
	p := &place[T]{in: copied[T](nil, t.elements, items), out: make([]float32, items*t.dim), buffers: make(map[int]*buffer)}
	buffer, err := t.buffer(p, items)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _, _ = buffer.in[0].Destroy(), buffer.out[0].Destroy() })
	return func() error { return t.session.RunWithOptions(buffer.in, buffer.out, (*ort.RunOptions)(nil)) }
}

// ratio is the median of the rounds' ratios.
func ratio(of, to []float64) float64 {
	ratios := make([]float64, len(of))
	for i := range of {
		ratios[i] = of[i] / to[i]
	}
	slices.Sort(ratios)
	return (ratios[len(ratios)/2] + ratios[(len(ratios)-1)/2]) / 2
}

// cpuTime is the time that this process has kept processors busy.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// resident are the bytes of this process's memory, mapped files included.
func resident(b *testing.B) int64 {
	b.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		b.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	if err != nil {
		b.Fatal(fmt.Errorf("/proc/self/statm: %w", err))
	}
	return pages * int64(os.Getpagesize())
}
