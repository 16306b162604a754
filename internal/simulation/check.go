package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/seed-74198975/rsclip/inference/loadgen"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/modeldir"
	"github.com/seed-74198975/rsclip/internal/served"
)

// loads are the rates of the check, as parts of what the largest batches reach.
var loads = []float64{0.2, 0.4, 0.6, 0.8}

// check is the command that sets the simulation beside the real server, on this
// machine: batches are measured, then the same random load comes to both. They
// are measured again for each load, while the server is idle, since the speed of
// a shared machine drifts.
func check(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	program := flags.String("rsclip", "./rsclip", "the `program`")
	seconds := flags.Int("seconds", 20, "of each load")
	var m measurement
	m.flags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	metadata, err := modeldir.Read(m.model)
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
			fmt.Printf("## The simulation beside the server\n\n`go run ./internal/simulation check -tower %s`: %s; before each row its batches of 1 to %d items are measured, then come %d s of random requests.\n\n",
				m.tower, pod.Name, len(pod.BatchSeconds), *seconds)
			fmt.Println("| batches, ms | varying by | requests a second | of the most | P50 of the server, ms | simulated | P95 of the server, ms | simulated |")
			fmt.Println("|---|---|---|---|---|---|---|---|")
		}
		rate := load * pod.most()
		report, err := loadgen.Run(ctx, loadgen.Plan{
			Arrivals: loadgen.Poisson, Rate: rate, Clients: 1000, Seed: uint64(i), //nolint:gosec // A small number.
			Duration: time.Duration(*seconds) * time.Second, WarmUp: 2 * time.Second, Timeout: requestSeconds * time.Second,
		}, send)
		if err != nil {
			return err
		}
		if report.Failed() > 0 {
			return fmt.Errorf("%d of %d requests failed: %v", report.Failed(), report.Requests, report.Outcomes)
		}
		l := pod.at(rate).Latency
		fmt.Printf("| %.1f to %.1f | %.0f %% | %.1f | %.0f %% | %.1f | %.1f | %.1f | %.1f |\n",
			1000*pod.BatchSeconds[0], 1000*pod.BatchSeconds[len(pod.BatchSeconds)-1], 100*pod.Deviation, rate, 100*load, report.Latency.P50, 1000*l.P50, report.Latency.P95, 1000*l.P95)
	}
	return nil
}
