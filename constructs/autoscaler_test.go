package constructs_test

import (
	"math"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
)

func TestAutoscalerManifest(t *testing.T) {
	tests := []struct {
		name  string
		props constructs.GpuAutoscalerProps
	}{
		{"autoscaler-default", constructs.GpuAutoscalerProps{}},
		{"autoscaler-requests", constructs.GpuAutoscalerProps{RequestsPerSecond: 100}},
		{"autoscaler-requests-only", constructs.GpuAutoscalerProps{
			MinReplicas: 1, MaxReplicas: 3, CPUUtilization: -1, RequestsPerSecond: 2.5,
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := manifest(t, func(chart cdk8s.Chart) {
				other := cdk8s.NewChart(cdk8s.App_Of(chart), new("service"), nil)
				chart.AddDependency(other)
				tt.props.Service = constructs.NewRsclipModelService(other, "service", nil)
				constructs.NewGpuAutoscaler(chart, "autoscaler", &tt.props)
			})
			if strings.Contains(got, " replicas:") {
				t.Error("the Deployment has replicas beside an autoscaler")
			}
			golden(t, tt.name, after(t, got, "type: LoadBalancer\n---\n"))
		})
	}
}

// after cuts what precedes the object under test.
func after(t *testing.T, manifest, mark string) string {
	t.Helper()
	_, rest, found := strings.Cut(manifest, mark)
	if !found {
		t.Fatalf("no %q in:\n%s", mark, manifest)
	}
	return rest
}

func TestAutoscalerRefuses(t *testing.T) {
	type props = constructs.GpuAutoscalerProps
	tests := []struct {
		name  string
		props props
		want  []string
	}{
		{"negative minimum", props{MinReplicas: -1}, []string{`GpuAutoscaler "bad"`, "minReplicas is -1: must be 1 to 1000"}},
		{"maximum below minimum", props{MinReplicas: 5, MaxReplicas: 3}, []string{"maxReplicas is 3: must be at least minReplicas, 5; raise it or lower minReplicas"}},
		{"default maximum below minimum", props{MinReplicas: 11}, []string{"maxReplicas is 10: must be at least minReplicas, 11"}},
		{"cpu above its request", props{CPUUtilization: 101}, []string{"cpuUtilization is 101: must be 1 to 100"}},
		{"no signal", props{CPUUtilization: -1}, []string{"cpuUtilization is -1", "set requestsPerSecond"}},
		{"negative requests", props{RequestsPerSecond: -2}, []string{`requestsPerSecond is "-2": must be 0.001 to 1000000`}},
		{"requests too fine", props{RequestsPerSecond: 0.0001}, []string{"requestsPerSecond"}},
		{"requests not a number", props{RequestsPerSecond: math.NaN()}, []string{"requestsPerSecond"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
				tt.props.Service = constructs.NewRsclipModelService(chart, "service", nil)
				constructs.NewGpuAutoscaler(chart, "bad", &tt.props)
			}), tt.want)
		})
	}
	t.Run("no service", func(t *testing.T) {
		refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
			constructs.NewGpuAutoscaler(chart, "bad", nil)
		}), []string{"service is", "pass what NewRsclipModelService returned"})
	})
	t.Run("second autoscaler of one service", func(t *testing.T) {
		refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
			service := constructs.NewRsclipModelService(chart, "service", nil)
			constructs.NewGpuAutoscaler(chart, "first", &props{Service: service})
			constructs.NewGpuAutoscaler(chart, "second", &props{Service: service, RequestsPerSecond: 100})
		}), []string{`GpuAutoscaler "second"`, `service is "git-rscilp"`, "one autoscaler only", "first"})
	})
}
