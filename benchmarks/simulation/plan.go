package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/internal/timeplot"
)

// growth is by how much traffic may grow while a pod starts, for the target of
// the autoscalers that are tried.
const growth = 0.5

// mostPods bounds them, as the constructs do by default.
const mostPods = 15

// behaviors are tried in turn, with the window of the metric and the time between
// scrapes that are the constructs' defaults, and with quicker ones.
var behaviors = []struct {
	name         string
	value        constructs.Behavior
	rate, scrape float64 // seconds
}{
	{"Kubernetes' own", "", 120, 30},
	{"spiky", constructs.Spiky, 120, 30},
	{"steady", constructs.Steady, 120, 30},
	{"spiky, over 30 s", constructs.Spiky, 30, 5},
}

// instances are machines with one GPU, or the part of a machine that one of its
// GPUs costs. Prices change: give your own with -usd.
var instances = []struct {
	name   string
	usd    float64 // an hour, on demand
	source string
}{
	{"AWS g5.xlarge, one A10G", 1.006, "us-east-1, June 2026, factualminds.com's list of EC2 prices"},
	{"AWS p5.48xlarge, one of eight H100", 6.88, "us-east-1, 9 November 2026, the data set data-receipts 109-gpu-pricing"},
	{"Azure NC40ads_H100_v5, one H100 NVL", 6.98, "eastus, 9 November 2026, the same"},
}

// plan is the command that prints how many pods a rate needs, how autoscalers
// follow traffic, and what it costs.
func plan(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("plan", flag.ContinueOnError)
	file := flags.String("pod", "", "`file` of a pod, as measure prints it")
	start := flags.Float64("start-seconds", 0, "from a pod's creation to its first request, instead of the file's; add what your cluster takes to schedule it and pull its image")
	peak := flags.Float64("peak", 0, "highest rate of the traffic; 0 is what eight pods sustain")
	usd := flags.Float64("usd", 0, "price of a pod's machine an hour, for a row of its own")
	plotFile := flags.String("plot", "", "`file` for the step in SVG")
	if err := flags.Parse(args); err != nil {
		return err
	}
	pod, err := readPod(*file)
	if err != nil {
		return err
	}
	if *start > 0 {
		pod.StartSeconds = *start
	}
	capacity := pod.capacity()
	fmt.Printf("## Scale, by simulation\n\n`go run ./benchmarks/simulation plan` of %s: runs of 1 to %d items take %.3g to %.3g s, a request %.2g ms besides, a pod %.3g s to start. "+
		"Requests come at random and go to random pods; 95 of 100 must be answered in %.0f ms.\n\n",
		pod.Name, len(pod.BatchSeconds), pod.BatchSeconds[0], pod.BatchSeconds[len(pod.BatchSeconds)-1], 1000*pod.AddedSeconds, pod.StartSeconds, 1000*objective)
	if n := len(pod.ScanSeconds); n > 0 {
		fmt.Printf("Requests are searches: behind its run each scans the index, in %.3g s, or in %.3g s if %d share the scan.\n\n", pod.ScanSeconds[0], pod.ScanSeconds[n-1], n)
	}
	if capacity == 0 {
		fmt.Printf("No number of pods keeps that: one request alone takes %.0f ms at P95.\n", 1000*pod.at(pod.most()/1000).Latency.P95)
		return nil
	}
	fmt.Printf("One pod sustains %.3g requests a second within that, of the %.3g that its largest batches reach.\n\n", capacity, pod.most())
	printRates(pod, capacity)
	if *peak == 0 {
		*peak = 8 * capacity
	}
	used, err := printAutoscalers(ctx, pod, capacity, *peak, *plotFile)
	if err != nil {
		return err
	}
	printCosts(capacity, used, *usd)
	return nil
}

func readPod(file string) (Pod, error) {
	var pod Pod
	if file == "" {
		return pod, errors.New("-pod is missing: name a file that `go run ./benchmarks/simulation measure` wrote")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return pod, fmt.Errorf("reading a pod: %w", err)
	}
	if err := json.Unmarshal(data, &pod); err != nil {
		return pod, fmt.Errorf("reading a pod: %s: %w", file, err)
	}
	for i, seconds := range pod.BatchSeconds {
		if !(seconds > 0 && seconds < 600) {
			return pod, fmt.Errorf("reading a pod: %s: batch_seconds[%d] is %v: must be more than 0 and less than 600", file, i, seconds)
		}
	}
	for i, seconds := range pod.ScanSeconds {
		if !(seconds > 0 && seconds < 600) {
			return pod, fmt.Errorf("reading a pod: %s: scan_seconds[%d] is %v: must be more than 0 and less than 600", file, i, seconds)
		}
	}
	if len(pod.BatchSeconds) == 0 {
		return pod, fmt.Errorf("reading a pod: %s has no batch_seconds", file)
	}
	return pod, nil
}

// printRates prints how many pods rates need.
func printRates(pod Pod, capacity float64) {
	fmt.Println("| requests a second | pods | P50, ms | P95, ms | with one pod fewer, P95, ms |")
	fmt.Println("|---|---|---|---|---|")
	for _, pods := range []float64{1, 2, 4, 8, 16} {
		rate := pods * capacity * 0.95
		latency := pod.at(rate / pods).Latency
		fewer := "none"
		if pods > 1 {
			fewer = "not served"
			if o := pod.at(rate / (pods - 1)); o.Failed == 0 {
				fewer = fmt.Sprintf("%.0f", 1000*o.Latency.P95)
			}
		}
		fmt.Printf("| %.3g | %.0f | %.0f | %.0f | %s |\n", rate, math.Ceil(rate/capacity), 1000*latency.P50, 1000*latency.P95, fewer)
	}
}

// printAutoscalers prints how each behaviour follows each traffic. It returns
// the part of what its pods could sustain that was asked of them, over a day.
func printAutoscalers(ctx context.Context, pod Pod, capacity, peak float64, plotFile string) (map[string]float64, error) {
	target := constructs.TargetRequestsPerSecond(capacity, growth)
	fmt.Printf("\nAutoscalers as the constructs write them, with `requestsPerSecond: %v`, which `TargetRequestsPerSecond` makes of %.3g and a growth of %v, and 2 to %d pods; the peak is %.3g a second. "+
		"Step: a tenth of the peak, the peak from minute 10 to 40, a tenth again, an hour. Spike: a fifth, the peak for 3 minutes, a fifth, half an hour. Day: a cosine from a tenth at night to the peak. The metric is taken over 120 s, scraped each 30 s, and in the last row of each over 30 s, scraped each 5 s.\n\n", target, capacity, growth, mostPods, peak)
	fmt.Println("| traffic | behaviour | P50, ms | P95, ms | slower than the objective | failed | most pods | pod-hours | pods' use |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	used := make(map[string]float64)
	var panels [2]timeplot.Panel
	panels[0].Title, panels[1].Title = "pods that are ready", "P95 of 15 s, ms, at most 5000"
	for _, traffic := range []Traffic{step(peak), spike(peak), daily(peak)} {
		for _, behavior := range behaviors {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			autoscaler, err := synthesize(requestsMetric, constructs.GpuAutoscalerProps{
				RequestsPerSecond: target, CPUUtilization: -1, MaxReplicas: mostPods, Behavior: behavior.value,
			})
			if err != nil {
				return nil, err
			}
			o := Simulation{
				Pod: pod, Pods: max(autoscaler.Min, int(math.Ceil(traffic.Rate(0)/target))), Autoscaler: autoscaler,
				RateSeconds: behavior.rate, ScrapeSeconds: behavior.scrape, MomentSeconds: 15, Seed: 1,
			}.Run(traffic)
			use := float64(o.Requests-o.Failed) / (o.PodSeconds * capacity)
			fmt.Printf("| %s | %s | %.0f | %.0f | %.2g %% | %.2g %% | %d | %.1f | %.0f %% |\n", traffic.Name, behavior.name, 1000*o.Latency.P50, 1000*o.Latency.P95,
				100*o.Slow, 100*float64(o.Failed)/float64(o.Requests), o.MostPods, o.PodSeconds/3600, 100*use)
			switch traffic.Name {
			case "day":
				used[behavior.name] = use
			case "step":
				for i, value := range []func(Moment) float64{
					func(m Moment) float64 { return float64(m.Ready) },
					func(m Moment) float64 { return min(5000, 1000*m.P95) },
				} {
					panels[i].Series = append(panels[i].Series, series(behavior.name, o.Moments, value))
				}
			}
		}
	}
	if plotFile == "" {
		return used, nil
	}
	marks := []timeplot.Mark{{Time: 600, Text: "the traffic rises tenfold"}, {Time: 2400, Text: "it falls back"}}
	svg := timeplot.SVG("A step of traffic, simulated: "+pod.Name, panels[:], marks)
	fmt.Printf("\n![a step of traffic, simulated](../%s)\n", plotFile)
	return used, os.WriteFile(plotFile, []byte(svg), 0o644) //nolint:gosec // For everyone to read.
}

func series(name string, moments []Moment, value func(Moment) float64) timeplot.Series {
	s := timeplot.Series{Name: name}
	for _, m := range moments {
		s.Times, s.Values = append(s.Times, m.At), append(s.Values, value(m))
	}
	return s
}

// synthesize returns the autoscaler that the constructs write, by one of its metrics.
func synthesize(metric string, props constructs.GpuAutoscalerProps) (*Autoscaler, error) {
	folder, err := os.MkdirTemp("", "rsclip-simulation-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := constructs.Synth(folder, func(app cdk8s.App) {
		chart := cdk8s.NewChart(app, new("autoscaler"), nil)
		props.Service = constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{})
		constructs.NewGpuAutoscaler(chart, "autoscaler", &props)
	}); err != nil {
		return nil, err
	}
	return ReadAutoscaler(filepath.Join(folder, "autoscaler.k8s.yaml"), metric)
}

// printCosts prints what a million requests cost.
func printCosts(capacity float64, used map[string]float64, usd float64) {
	fmt.Printf("\nA million requests cost price / (3600 * requests a second of a pod * pods' use) * 1,000,000, in the price's currency. With the pods' use of the day above, by what one pod sustains within the objective, which `make bench-gpu` measures:\n\n")
	fmt.Println("| a pod's machine | price an hour | 50 a second | 200 a second | 1000 a second | source of the price |")
	fmt.Println("|---|---|---|---|---|---|")
	best := 0.0
	for _, use := range used {
		best = max(best, use)
	}
	row := func(name string, price float64, source string) {
		fmt.Printf("| %s | %.3g USD |", name, price)
		for _, rate := range []float64{50, 200, 1000} {
			fmt.Printf(" %.2f |", price/(3600*rate*best)*1e6)
		}
		fmt.Printf(" %s |\n", source)
	}
	for _, i := range instances {
		row(i.name, i.usd, i.source)
	}
	if usd > 0 {
		row("yours", usd, "-usd")
		fmt.Printf("\nAt %v USD an hour and the %.3g a second of this pod: %.2f USD.\n", usd, capacity, usd/(3600*capacity*best)*1e6)
	}
}
