package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/common/expfmt"
	prometheus "github.com/prometheus/common/model"

	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/internal/served"
)

// serverTime is the time that the server has kept cores busy, in hundredths of a second.
func serverTime(s *served.Server) time.Duration {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.PID()))
	// The program's name, in parentheses, may have spaces.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	var ticks time.Duration
	for _, field := range fields[11:13] {
		n, _ := strconv.ParseInt(string(field), 10, 64)
		ticks += time.Duration(n)
	}
	return ticks * time.Second / 100
}

// batches returns the most items that the server has in a run of each tower.
func batches(ctx context.Context, s *served.Server) (map[model.Tower]int, error) {
	answer, err := s.Get(ctx, "/v1/model")
	if err != nil {
		return nil, err
	}
	var d model.Description
	err = json.Unmarshal(answer, &d)
	return d.BatchSize, err
}

// sum is what a histogram of the server has seen.
type sum struct{ count, total float64 }

// seen reads the server's histograms of one tower's stages, by their names, and
// of whole requests, as "request".
func seen(ctx context.Context, s *served.Server, tower model.Tower) (map[string]sum, error) {
	page, err := s.Get(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(prometheus.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(page))
	if err != nil {
		return nil, err
	}
	sums := map[string]sum{}
	for _, name := range []string{"rsclip_stage_duration_seconds", "http_request_duration_seconds"} {
		for _, m := range families[name].GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if labels["tower"] == string(tower) || labels["path"] == "/v1/embeddings" {
				sums[cmp.Or(labels["stage"], "request")] = sum{float64(m.GetHistogram().GetSampleCount()), m.GetHistogram().GetSampleSum()}
			}
		}
	}
	return sums, nil
}
