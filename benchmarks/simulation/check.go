package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/seed-74198975/rsclip/inference/loadgen"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
	"github.com/seed-74198975/rsclip/internal/served"
)

// loads are the rates of the check, as parts of what the largest batches reach.
var loads = []float64{0.2, 0.4, 0.6, 0.8}

// check is the command that sets the simulation beside the real server, on this
// machine: batches are measured, then the same requests come to both at the same
// moments. They are measured again for each load, while the server is idle, since
// the speed of a shared machine drifts.
func check(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	program := flags.String("rsclip", "./rsclip", "the `program`")
	seconds := flags.Int("seconds", 20, "of each load")
	var m measurement
	m.flags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	metadata, err := modelfolder.Read(m.model)
	if err != nil {
		return err
	}
	server, err := served.Start(ctx, *program, m.model, m.threads)
	if err != nil {
		return err
	}
	defer server.Stop()
	target := loadgen.Target{URL: server.URL, Protocol: loadgen.OpenAI, Model: metadata.Name, Items: 1, Distinct: true}
	if m.tower == string(model.Text) {
		target.Texts = []string{"a remote sensing image of river"}
	} else {
		file, err := os.ReadFile(m.picture)
		if err != nil {
			return err
		}
		target.Files = [][]byte{file}
	}
	send, err := target.Sender(1000)
	if err != nil {
		return err
	}
	for i, load := range loads {
		pod, err := m.run(ctx)
		if err != nil {
			return err
		}
		if i == 0 {
			fmt.Printf(checkHeading, m.tower, pod.Name, len(pod.BatchSeconds), *seconds)
		}
		rate := load * pod.most()
		come := arrivals{from: time.Now()}
		report, stages, err := server.Load(ctx, model.Tower(m.tower), loadgen.Plan{
			Arrivals: loadgen.Poisson, Rate: rate, Clients: 1000, Seed: uint64(i), //nolint:gosec // A small number.
			Duration: time.Duration(*seconds) * time.Second, Timeout: requestSeconds * time.Second,
		}, come.note(send))
		if err != nil {
			return err
		}
		simulated := pod.under(come.at)
		slower := stages["infer"].Mean() / simulated.RunSeconds
		atThatSpeed := pod.slowedBy(slower).under(come.at)
		fmt.Printf("| %.1f to %.1f | %.1f | %.0f %% | %.2f | %.0f | %.0f | %.0f | %.0f | %.0f | %.0f |\n",
			1000*pod.BatchSeconds[0], 1000*pod.BatchSeconds[len(pod.BatchSeconds)-1], rate, 100*load, slower,
			report.Latency.P50, 1000*simulated.Latency.P50, 1000*atThatSpeed.Latency.P50,
			report.Latency.P95, 1000*simulated.Latency.P95, 1000*atThatSpeed.Latency.P95)
	}
	return nil
}

const checkHeading = `## The simulation beside the server

` + "`go run ./benchmarks/simulation check -tower %s`" + `: %s; before each row its batches of 1 to %d items are measured, then come %d s of random requests, to the simulation
at the same moments as to the server. "Slower" is how much longer the runs of the server took under that load than the simulation's did: the second
simulation is at the server's own speed, and shows what its queue does.

| batches, ms | requests a second | of the most | slower | P50 of the server, ms | simulated | at its speed | P95 of the server, ms | simulated | at its speed |
|---|---|---|---|---|---|---|---|---|---|
`

// arrivals are the seconds since a time at which requests began.
type arrivals struct {
	from time.Time
	mu   sync.Mutex
	at   []float64
}

// note has arrivals of requests noted.
func (a *arrivals) note(send loadgen.Send) loadgen.Send {
	return func(ctx context.Context, n int) string {
		a.mu.Lock()
		a.at = append(a.at, time.Since(a.from).Seconds())
		a.mu.Unlock()
		return send(ctx, n)
	}
}

// under returns what requests that come at these seconds make of one pod.
func (p Pod) under(at []float64) Outcome {
	at = slices.Sorted(slices.Values(at))
	return Simulation{Pod: p, Pods: 1, Seed: 1}.Run(Traffic{Arrivals: at, Seconds: at[len(at)-1]})
}

// slowedBy returns the pod with runs that take so many times as long.
func (p Pod) slowedBy(factor float64) Pod {
	p.BatchSeconds = slices.Clone(p.BatchSeconds)
	for i := range p.BatchSeconds {
		p.BatchSeconds[i] *= factor
	}
	return p
}
