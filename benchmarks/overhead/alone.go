package main

import (
	"context"
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
	send, err := target.Sender(1)
	if err != nil {
		return nil, err
	}
	for range rounds {
		bare, err := b.alone(1, duration)
		if err != nil {
			return nil, err
		}
		one, stages, err := s.Load(ctx, tower, loadgen.Plan{Arrivals: loadgen.Closed, Clients: 1, Duration: duration, Timeout: time.Minute}, send)
		if err != nil {
			return nil, err
		}
		mean := func(stage string) float64 { return stages[stage].Mean() }
		requests = append(requests, request{
			bare: bare.seconds, whole: one.Latency.Mean / 1000, inside: mean("request"), run: mean("infer"),
			preparation: mean("decode") + mean("preprocess") + mean("tokenize"),
		})
	}
	return requests, nil
}
