package served

import (
	"bytes"
	"cmp"
	"context"

	"github.com/prometheus/common/expfmt"
	prometheus "github.com/prometheus/common/model"

	"github.com/seed-74198975/rsclip/inference/model"
)

// Sum is what a histogram of the server has seen.
type Sum struct{ Count, Total float64 }

// Seen reads the server's histograms of one tower's stages, by their names, in
// seconds, and of requests for embeddings, as "request".
func (s *Server) Seen(ctx context.Context, tower model.Tower) (map[string]Sum, error) {
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
