package constructs_test

import (
	"math"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
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
		{"autoscaler-signals", constructs.GpuAutoscalerProps{
			MemoryUtilization: 80, RequestsPerSecond: 40, RequestsInFlight: 8, GPUUtilization: 75, Behavior: constructs.Spiky,
		}},
		{"autoscaler-queue", constructs.GpuAutoscalerProps{QueueSeconds: 0.05, RateSeconds: 45, ScaleDownSeconds: 60}},
		{"autoscaler-queue-alone", constructs.GpuAutoscalerProps{QueueSeconds: 0.05}},
		{"autoscaler-keda", constructs.GpuAutoscalerProps{
			Engine: constructs.Keda, MemoryUtilization: 90, RequestsPerSecond: 40, QueueSeconds: 0.05, RequestsInFlight: 8, GPUUtilization: 75,
			Behavior: constructs.Spiky, ScaleDownSeconds: 90, KEDA: constructs.KEDA{PollingSeconds: 5, FallbackReplicas: 4},
		}},
		{"autoscaler-keda-cpu", constructs.GpuAutoscalerProps{Engine: constructs.Keda}},
		{"autoscaler-keda-zero", constructs.GpuAutoscalerProps{
			Engine: constructs.Keda, MinReplicas: 1, CPUUtilization: -1, RequestsPerSecond: 2.5, QueueSeconds: 0.05, GPUUtilization: 50, ScaleDownSeconds: 60,
			Custom: []constructs.CustomSignal{{Name: "scenes_waiting", Query: `sum(rabbitmq_queue_messages_ready{queue="scenes"})`, Target: 20}},
			KEDA: constructs.KEDA{
				ScaleToZero: true, CooldownSeconds: 60, PrometheusAddress: "https://thanos.example:9090",
				WakeQuery: `sum(rate(envoy_cluster_upstream_rq_total{envoy_cluster_name="git-rscilp"}[1m]))`,
			},
		}},
		{"autoscaler-custom", constructs.GpuAutoscalerProps{CPUUtilization: -1, RequestsPerSecond: 40, Custom: []constructs.CustomSignal{
			{Name: "scenes_waiting", Query: `sum(rabbitmq_queue_messages_ready{queue="scenes"})`, Target: 20},
		}}},
		{"autoscaler-keda-custom", constructs.GpuAutoscalerProps{Engine: constructs.Keda, CPUUtilization: -1, Custom: []constructs.CustomSignal{
			{Name: "scenes_waiting", Query: `sum(rabbitmq_queue_messages_ready{queue="scenes"})`, Target: 20},
			{Name: "bytes_waiting", Query: "sum(\n  rabbitmq_queue_messages_ready_bytes # of all queues\n) or vector(0)", Target: 2.5e9},
		}}},
		{"autoscaler-steady", constructs.GpuAutoscalerProps{MemoryUtilization: 90, CPUUtilization: -1, Behavior: constructs.Steady}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := manifest(t, func(chart cdk8s.Chart) {
				other := cdk8s.NewChart(cdk8s.App_Of(chart), new("service"), nil)
				chart.AddDependency(other)
				tt.props.Service = constructs.NewRsclipModelService(other, "service", nil)
				constructs.NewGpuAutoscaler(chart, "autoscaler", &tt.props)
			})
			const mark = "type: LoadBalancer\n---\n"
			autoscaler := after(t, got, mark)
			if strings.Contains(strings.TrimSuffix(got, autoscaler), " replicas:") {
				t.Error("the Deployment has replicas beside an autoscaler")
			}
			golden(t, tt.name, autoscaler)
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
		{"memory", props{MemoryUtilization: 900}, []string{"memoryUtilization is 900: must be 1 to 100"}},
		{"in flight", props{RequestsInFlight: -1}, []string{`requestsInFlight is "-1"`}},
		{"gpu above all of it", props{GPUUtilization: 101}, []string{`gpuUtilization is "101": must be 0.001 to 100`}},
		{"engine", props{Engine: "vpa"}, []string{`engine is "vpa": must be hpa, keda`}},
		{"keda's settings for hpa", props{KEDA: constructs.KEDA{ScaleToZero: true}}, []string{"keda", "left out with the engine hpa", "set engine to keda"}},
		{"zero that nothing ends", props{Engine: constructs.Keda, RequestsPerSecond: 1, KEDA: constructs.KEDA{ScaleToZero: true}}, []string{"keda.wakeQuery", "ask the gateway's metrics"}},
		{"a wake without a target", props{Engine: constructs.Keda, KEDA: constructs.KEDA{WakeQuery: "up"}}, []string{"requestsPerSecond is", "set beside keda.wakeQuery"}},
		{"keda's numbers", props{Engine: constructs.Keda, KEDA: constructs.KEDA{PrometheusAddress: "prometheus:9090", PollingSeconds: -1, CooldownSeconds: 90000, FallbackReplicas: 11}}, []string{
			`keda.prometheusAddress is "prometheus:9090": must be an http or https URL`, "keda.pollingSeconds is -1: must be 1 to 3600",
			"keda.cooldownSeconds is 90000: must be 1 to 86400", "keda.fallbackReplicas is 11: must be 1 to 10",
		}},
		{"scale down", props{ScaleDownSeconds: 4000}, []string{"scaleDownSeconds is 4000: must be 1 to 3600"}},
		{"rate of an instant", props{RateSeconds: 1}, []string{"rateSeconds is 1: must be 10 to 3600", "four scrapes"}},
		{"queue time", props{QueueSeconds: -1}, []string{`queueSeconds is "-1": must be 0.001 to 3600`}},
		{"behavior", props{Behavior: "calm"}, []string{`behavior is "calm": must be spiky, steady`}},
		{"custom signal of nothing", props{Custom: []constructs.CustomSignal{{}}}, []string{
			`custom[0].name is "": must be a name of at most 63 characters; write it like "scenes_waiting"`,
			`custom[0].query is "": must be a PromQL expression; write one that gives a number`,
			`custom[0].target is "0": must be 0.001 to 1000000000000; say how much of the query's value one pod should have`,
		}},
		{"custom signal's name", props{Custom: []constructs.CustomSignal{{Name: "scenes-waiting", Query: "q", Target: 1}}}, []string{`custom[0].name is "scenes-waiting"`}},
		{"custom signal's long name", props{Custom: []constructs.CustomSignal{{Name: strings.Repeat("a", 64), Query: "q", Target: 1}}}, []string{"custom[0].name", "at most 63"}},
		{"custom signal twice", props{Custom: []constructs.CustomSignal{{Name: "a", Query: "q", Target: 1}, {Name: "a", Query: "r", Target: 1}}}, []string{
			`custom[1].name is "a": must be another than the other signals' names`,
		}},
		{"custom signal of another's name", props{Custom: []constructs.CustomSignal{
			{Name: "queue_seconds", Query: "q", Target: 1}, {Name: "wake", Query: "q", Target: 1},
		}}, []string{`custom[0].name is "queue_seconds"`, `custom[1].name is "wake"`}},
		{"custom signal cut off", props{Custom: []constructs.CustomSignal{{Name: "a", Query: "sum(q", Target: 1}}}, []string{`custom[0].query is "sum(q"`, "add the ')' that is missing"}},
		{"custom signal's negative target", props{Custom: []constructs.CustomSignal{{Name: "a", Query: "q", Target: -1}}}, []string{`custom[0].target is "-1"`}},
		{"wake that is no query", props{Engine: constructs.Keda, RequestsPerSecond: 1, KEDA: constructs.KEDA{WakeQuery: `sum(rate(a{b="c}[1m]))`}}, []string{
			"keda.wakeQuery is", `close the string that begins with "`,
		}},
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
	t.Run("gpu signal of a service without GPUs", func(t *testing.T) {
		refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
			service := constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{Model: config.Model{Device: config.CPU}})
			constructs.NewGpuAutoscaler(chart, "bad", &props{Service: service, GPUUtilization: 50})
		}), []string{"gpuUtilization", "device is cpu"})
	})
	t.Run("second autoscaler of one service", func(t *testing.T) {
		refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
			service := constructs.NewRsclipModelService(chart, "service", nil)
			constructs.NewGpuAutoscaler(chart, "first", &props{Service: service})
			constructs.NewGpuAutoscaler(chart, "second", &props{Service: service, RequestsPerSecond: 100})
		}), []string{`GpuAutoscaler "second"`, `service is "git-rscilp"`, "one autoscaler only", "first"})
	})
}

func TestTargetRequestsPerSecond(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name             string
		measured, growth float64
		want             float64
	}{
		{"level traffic leaves the autoscaler's tolerance", 110, 0, 100},
		{"traffic that doubles while a pod loads", 110, 1, 50},
		{"traffic that grows by a tenth", 121, 0.1, 100},
		{"rounded down to what a quantity holds", 1, 0.5, 0.606},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := constructs.TargetRequestsPerSecond(tt.measured, tt.growth); got != tt.want {
				t.Errorf("TargetRequestsPerSecond(%v, %v) = %v, want %v", tt.measured, tt.growth, got, tt.want)
			}
		})
	}
}
