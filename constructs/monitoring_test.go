package constructs_test

import (
	"math"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
)

func TestMonitoringManifest(t *testing.T) {
	tests := []struct {
		name    string
		service constructs.RsclipModelServiceProps
		props   constructs.RsclipMonitoringProps
	}{
		{"monitoring-default", constructs.RsclipModelServiceProps{}, constructs.RsclipMonitoringProps{}},
		{"monitoring-custom", constructs.RsclipModelServiceProps{Name: "scorer", Namespace: "vision"}, constructs.RsclipMonitoringProps{
			Labels:         map[string]string{"release": "prometheus", "example.com/team": "vision"},
			ScrapeInterval: "1m30s", MaxErrorRatio: 0.001, MaxLatencySeconds: 0.2,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := manifest(t, func(chart cdk8s.Chart) {
				other := cdk8s.NewChart(cdk8s.App_Of(chart), new("service"), nil)
				chart.AddDependency(other)
				tt.props.Service = constructs.NewRsclipModelService(other, "service", &tt.service)
				constructs.NewRsclipMonitoring(chart, "monitoring", &tt.props)
			})
			golden(t, tt.name, after(t, got, "type: LoadBalancer\n---\n"))
		})
	}
}

func TestMonitoringRefuses(t *testing.T) {
	type props = constructs.RsclipMonitoringProps
	tests := []struct {
		name  string
		props props
		want  []string
	}{
		{"label key", props{Labels: map[string]string{"-x": "y"}}, []string{`RsclipMonitoring "bad"`, `labels is "-x": must be a label's key`}},
		{"label value", props{Labels: map[string]string{"release": "a b"}}, []string{`labels.release is "a b"`}},
		{"interval without a unit", props{ScrapeInterval: "30"}, []string{`scrapeInterval is "30": must be a duration`, "30s"}},
		{"interval of zero", props{ScrapeInterval: "0s"}, []string{"scrapeInterval"}},
		{"ratio in percent", props{MaxErrorRatio: 5}, []string{`maxErrorRatio is "5"`, "write 5 % as 0.05"}},
		{"ratio not a number", props{MaxErrorRatio: math.NaN()}, []string{"maxErrorRatio"}},
		{"latency in milliseconds", props{MaxLatencySeconds: 500}, []string{`maxLatencySeconds is "500"`, "write 500 ms as 0.5"}},
		{"negative latency", props{MaxLatencySeconds: -0.5}, []string{"maxLatencySeconds"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
				tt.props.Service = constructs.NewRsclipModelService(chart, "service", nil)
				constructs.NewRsclipMonitoring(chart, "bad", &tt.props)
			}), tt.want)
		})
	}
	t.Run("no service", func(t *testing.T) {
		refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
			constructs.NewRsclipMonitoring(chart, "bad", nil)
		}), []string{"pass what NewRsclipModelService returned"})
	})
}
