package main

import (
	"context"
	"flag"
	"fmt"
	"math/bits"
	"os"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/internal/timeplot"
)

// requestsSignal is requests a second.
func requestsSignal(p *server, now, seconds float64) (float64, bool) {
	return p.scraped.rate(now, seconds)
}

// queueSignal is how long an item waits on average, as `queueSeconds` asks for it.
func queueSignal(p *server, now, seconds float64) (float64, bool) {
	begun, ok := p.begun.rate(now, seconds)
	if !ok {
		return 0, false
	}
	waited, _ := p.waited.rate(now, seconds)
	return waited / 1e6 / max(begun, 0.001), true
}

// cpuSignal is the use of so many cores, in percent, by pods of which a request
// keeps one busy for so many seconds.
func cpuSignal(cores, coreSeconds float64) func(*server, float64, float64) (float64, bool) {
	return func(p *server, now, seconds float64) (float64, bool) {
		rate, ok := p.scraped.rate(now, seconds)
		return 100 * rate * coreSeconds / cores, ok
	}
}

// gpuPod is a pod whose GPU embeds so many pictures a second, but takes a few
// milliseconds for a run of any size. The server rounds runs up to a power of two.
func gpuPod(pictures float64) Pod {
	const largest, least = 32, 0.004
	pod := Pod{Name: "a GPU", DelaySeconds: 0.002, AddedSeconds: 0.006, StartSeconds: 60}
	for n := 1; n <= largest; n++ {
		pod.BatchSeconds = append(pod.BatchSeconds, max(least, float64(int(1)<<bits.Len(uint(n-1)))/pictures))
	}
	return pod
}

// signals is the command that prints what two signals make of the same traffic, if
// a GPU does the work. By default it is a T4, by the figures of docs/gpu.md.
func signals(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("signals", flag.ContinueOnError)
	pictures := flags.Float64("pictures", 200, "that a GPU embeds in a second")
	cores := flags.Float64("cores", 2, "that a pod requests")
	coreSeconds := flags.Float64("core-seconds", 0.0033, "of a core for each picture")
	plotFile := flags.String("plot", "", "`file` for the pods in SVG")
	if err := flags.Parse(args); err != nil {
		return err
	}
	pod := gpuPod(*pictures)
	peak := 6 * *pictures
	fmt.Printf("`go run ./benchmarks/simulation signals`: a GPU embeds %.0f pictures a second, each of which costs %.1f ms of a pod's %.0f cores. In two hours traffic goes from a tenth of %.0f pictures a second, which keep six GPUs full, to that and back.\n\n",
		*pictures, 1000**coreSeconds, *cores, peak)
	fmt.Println("| autoscaler | most pods | pod-hours | P50, ms | P95, ms | slower than 200 ms | failed | the signal at a full GPU | wanted |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	const full = "rises while it is full"
	panels := []timeplot.Panel{{Title: "pods that are ready"}, {Title: "P95 of 15 s, ms, at most 5000"}}
	for _, tried := range []struct {
		name, short, metric string
		props               constructs.GpuAutoscalerProps
		signal              func(*server, float64, float64) (float64, bool)
		full, wanted        string
	}{
		{
			"cpuUtilization: 70", "CPU", cpuMetric,
			constructs.GpuAutoscalerProps{},
			cpuSignal(*cores, *coreSeconds),
			fmt.Sprintf("%.0f %%", 100**pictures**coreSeconds / *cores), "70 %",
		},
		{"queueSeconds: 0.05", "queue", queueMetric, constructs.GpuAutoscalerProps{QueueSeconds: 0.05}, queueSignal, full, "0.05 s"},
		// As long as Kubernetes' own.
		{"queueSeconds: 0.05, scaleDownSeconds: 300", "queue, down after 300 s", queueMetric, constructs.GpuAutoscalerProps{QueueSeconds: 0.05, ScaleDownSeconds: 300}, queueSignal, full, "0.05 s"},
		{
			fmt.Sprintf("requestsPerSecond: %.0f", 0.6**pictures), "requests", requestsMetric,
			constructs.GpuAutoscalerProps{RequestsPerSecond: 0.6 * *pictures},
			requestsSignal,
			fmt.Sprintf("%.0f", *pictures), fmt.Sprintf("%.0f", 0.6**pictures),
		},
	} {
		if err := ctx.Err(); err != nil {
			return err
		}
		tried.props.MaxReplicas = mostPods
		autoscaler, err := synthesize(tried.metric, tried.props)
		if err != nil {
			return err
		}
		o := Simulation{
			Pod: pod, Pods: autoscaler.Min, Autoscaler: autoscaler, Signal: tried.signal, RateSeconds: 120, ScrapeSeconds: 30, MomentSeconds: 15, Seed: 1,
		}.Run(wave(peak))
		fmt.Printf("| `%s` | %d | %.1f | %.0f | %.0f | %.2g %% | %.2g %% | %s | %s |\n", tried.name, o.MostPods, o.PodSeconds/3600, 1000*o.Latency.P50, 1000*o.Latency.P95,
			100*o.Slow, 100*float64(o.Failed)/float64(o.Requests), tried.full, tried.wanted)
		for i, value := range []func(Moment) float64{
			func(m Moment) float64 { return float64(m.Ready) },
			func(m Moment) float64 { return min(5000, 1000*m.P95) },
		} {
			panels[i].Series = append(panels[i].Series, series(tried.short, o.Moments, value))
		}
	}
	if *plotFile == "" {
		return nil
	}
	marks := []timeplot.Mark{{Time: waveSeconds / 2, Text: "the most traffic"}}
	svg := timeplot.SVG("What autoscalers see of a busy GPU, simulated", panels, marks)
	return os.WriteFile(*plotFile, []byte(svg), 0o644) //nolint:gosec // For everyone to read.
}
