package main

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
)

// replay is the command that sets the simulated autoscaler beside a real one,
// in the timeline that `make e2e-scaling` has left of a cluster.
func replay(_ context.Context, args []string) error {
	flags := flag.NewFlagSet("replay", flag.ContinueOnError)
	timeline := flags.String("timeline", "docs/scaling.csv", "`file` that make e2e-scaling wrote")
	until := flags.Float64("until", 0, "`seconds` of the timeline; 0 is all of it")
	manifest := flags.String("manifest", "", "`file` of the autoscaler")
	rate := flags.Float64("rate-seconds", 30, "window of the autoscaler's metric")
	scrape := flags.Float64("scrape-seconds", 5, "between Prometheus' looks at the pods")
	start := flags.Float64("start-seconds", 4, "from a pod's creation to its first request")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *manifest == "" {
		return errors.New("-manifest is missing: name the file with the HorizontalPodAutoscaler that the cluster had, which go run . writes of its settings")
	}
	real, sent, err := readTimeline(*timeline, *until)
	if err != nil {
		return err
	}
	autoscaler, err := ReadAutoscaler(*manifest, requestsMetric)
	if err != nil {
		return err
	}
	end := real[len(real)-1].At
	traffic := Traffic{Name: "replayed", Seconds: end, Rate: func(t float64) float64 {
		now := 0.0
		for i, m := range real {
			if m.At >= t {
				return sent[i] // Counted since the moment before.
			}
			now = sent[i]
		}
		return now
	}}
	for _, s := range sent {
		traffic.Most = max(traffic.Most, s)
	}
	// How long a request takes does not matter to this autoscaler.
	simulated := Simulation{
		Pod: Pod{BatchSeconds: []float64{0.001}, StartSeconds: *start}, Pods: real[0].Ready, Autoscaler: autoscaler,
		RateSeconds: *rate, ScrapeSeconds: *scrape, MomentSeconds: 1, Seed: 1,
	}.Run(traffic).Moments
	fmt.Printf("## The simulated autoscaler beside a real one\n\n`go run ./benchmarks/simulation replay`: %s, to %.0f s, %d to %d pods at %v requests a second each, over %v s, scraped each %v s.\n\n",
		*timeline, end, autoscaler.Min, autoscaler.Max, autoscaler.Target, *rate, *scrape)
	fmt.Println("| | wanted pods, and since when, s |\n|---|---|")
	fmt.Printf("| the cluster | %s |\n| the simulation | %s |\n", changes(real), changes(simulated))
	return nil
}

// changes writes how the number of wanted pods changed.
func changes(moments []Moment) (text string) {
	last := -1
	for _, m := range moments {
		if m.Wanted != last {
			if text != "" {
				text += ", "
			}
			text += fmt.Sprintf("%d at %.0f", m.Wanted, m.At)
			last = m.Wanted
		}
	}
	return text
}

// readTimeline returns a timeline's moments, and the requests a second that were
// sent up to each.
func readTimeline(file string, until float64) (moments []Moment, sent []float64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, fmt.Errorf("reading a timeline: %w", err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, nil, fmt.Errorf("reading a timeline: %s: %w", file, err)
	}
	columns := make(map[string]int)
	for i, row := range rows {
		if i == 0 {
			for column, name := range row {
				columns[name] = column
			}
			continue
		}
		value := func(name string) float64 {
			column, ok := columns[name]
			if !ok {
				err = errors.Join(err, fmt.Errorf("reading a timeline: %s has no column %s", file, name))
				return 0
			}
			v, bad := strconv.ParseFloat(row[column], 64)
			err = errors.Join(err, bad)
			return v
		}
		m := Moment{At: value("seconds"), Wanted: int(value("wanted_pods")), Ready: int(value("ready_pods"))}
		rate := value("sent_per_second")
		if err != nil {
			return nil, nil, err
		}
		if until > 0 && m.At > until {
			break
		}
		moments, sent = append(moments, m), append(sent, rate)
	}
	if len(moments) == 0 {
		return nil, nil, fmt.Errorf("reading a timeline: %s has no moments", file)
	}
	return moments, sent, nil
}
