package served

import (
	"bytes"
	"cmp"
	"context"
	"fmt"

	"github.com/prometheus/common/expfmt"
	prometheus "github.com/prometheus/common/model"

	"github.com/seed-74198975/rsclip/inference/loadgen"
	"github.com/seed-74198975/rsclip/inference/model"
)

// Sum is what a histogram of the server has seen.
type Sum struct{ Count, Total float64 }

// Mean is that of what it has seen, 0 of nothing.
func (s Sum) Mean() float64 { return s.Total / max(1, s.Count) }

// Load puts a load on the server, in which no request may fail, and returns what
// the server's histograms saw of it: of one tower's stages, by their names, in
// seconds, and of requests for embeddings, as "request".
func (s *Server) Load(ctx context.Context, tower model.Tower, plan loadgen.Plan, send loadgen.Send) (*loadgen.Report, map[string]Sum, error) {
	before, err := s.seen(ctx, tower)
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
	after, err := s.seen(ctx, tower)
	for stage, both := range after {
		after[stage] = Sum{both.Count - before[stage].Count, both.Total - before[stage].Total}
	}
	return report, after, err
}

// seen reads the server's histograms of one tower's stages, by their names, in
// seconds, and of requests for embeddings, as "request".
func (s *Server) seen(ctx context.Context, tower model.Tower) (map[string]Sum, error) {
	page, err := s.Get(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(prometheus.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(page))
	if err != nil {
		return nil, err
	}
	sums := map[string]Sum{}
	for _, name := range []string{"rsclip_stage_duration_seconds", "http_request_duration_seconds"} {
		for _, m := range families[name].GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if labels["tower"] == string(tower) || labels["path"] == "/v1/embeddings" {
				sums[cmp.Or(labels["stage"], "request")] = Sum{float64(m.GetHistogram().GetSampleCount()), m.GetHistogram().GetSampleSum()}
			}
		}
	}
	return sums, nil
}
