package main

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-74198975/rsclip/inference/loadgen"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/internal/served"
)

// request is one round of requests that come one at a time, means in seconds.
type request struct {
	bare             float64 // a run of one item
	whole            float64 // as the client sees it
	inside           float64 // as the server sees it
	run, preparation float64 // of both
}

// lonely sends requests one at a time, and in turn runs single items bare.
func lonely(ctx context.Context, b *bare, s *served.Server, tower model.Tower, target *loadgen.Target, rounds int, duration time.Duration) (requests []request, err error) {
	for range rounds {
		bare, _, err := b.run(1, duration)
		if err != nil {
			return nil, err
		}
		one, stages, err := load(ctx, s, tower, target, loadgen.Plan{Arrivals: loadgen.Closed, Clients: 1, Duration: duration, Timeout: time.Minute})
		if err != nil {
			return nil, err
		}
		mean := func(stage string) float64 { return stages[stage].Total / max(1, stages[stage].Count) }
		requests = append(requests, request{
			bare: bare.seconds, whole: one.Latency.Mean / 1000, inside: mean("request"), run: mean("infer"),
			preparation: mean("decode") + mean("preprocess") + mean("tokenize"),
		})
	}
	return requests, nil
}

// load puts a load on the server, and returns what its histograms saw of it.
func load(ctx context.Context, s *served.Server, tower model.Tower, target *loadgen.Target, plan loadgen.Plan) (*loadgen.Report, map[string]served.Sum, error) {
	before, err := s.Seen(ctx, tower)
	if err != nil {
		return nil, nil, err
	}
	send, err := target.Sender(plan.Clients)
	if err != nil {
		return nil, nil, err
	}
	report, err := loadgen.Run(ctx, plan, send)
	if err != nil {
		return nil, nil, err
	}
	if report.Failed() > 0 || report.Requests == 0 {
		return nil, nil, fmt.Errorf("of %d requests to the server, %d failed: %v", report.Requests, report.Failed(), report.Outcomes)
	}
	after, err := s.Seen(ctx, tower)
	for stage, both := range after {
		after[stage] = served.Sum{Count: both.Count - before[stage].Count, Total: both.Total - before[stage].Total}
	}
	return report, after, err
}
