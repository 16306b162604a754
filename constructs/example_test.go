package constructs_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

// A whole app: one service, its autoscaler and its monitoring. A program's main
// would be constructs.Exit(constructs.Synth("", build)).
func Example() {
	outdir, err := os.MkdirTemp("", "example-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(outdir) }()

	err = constructs.Synth(outdir, func(app cdk8s.App) {
		chart := cdk8s.NewChart(app, new("retrieval"), nil)
		service := constructs.NewRsclipModelService(chart, "service", nil)
		constructs.NewGpuAutoscaler(chart, "autoscaler", &constructs.GpuAutoscalerProps{Service: service, RequestsPerSecond: 50})
		constructs.NewRsclipMonitoring(chart, "monitoring", &constructs.RsclipMonitoringProps{Service: service})
	})
	files, _ := filepath.Glob(filepath.Join(outdir, "*"))
	fmt.Println(len(files), filepath.Base(files[0]), err)
	// Output: 1 retrieval.k8s.yaml <nil>
}

// Two services live in one chart, each in a namespace that carries its name.
func ExampleNewRsclipModelService() {
	chart := cdk8s.Testing_Chart()
	constructs.NewRsclipModelService(chart, "day", &constructs.RsclipModelServiceProps{
		Name:     "day",
		Replicas: 6,
		GPU:      constructs.GPU{Products: []string{"NVIDIA-H100-80GB-HBM3"}},
	})
	night := constructs.NewRsclipModelService(chart, "night", &constructs.RsclipModelServiceProps{
		Name:  "night",
		Model: config.Model{Device: config.CPU, Precision: config.FP32},
	})
	fmt.Println(*night.Deployment.Name(), *night.Namespace.Name())
	// Output: night-deployment night
}

// What no prop covers is patched on the object itself.
func ExampleRsclipModelService() {
	service := constructs.NewRsclipModelService(cdk8s.Testing_Chart(), "service", nil)
	service.Deployment.AddJsonPatch(cdk8s.JsonPatch_Add(new("/spec/template/spec/hostNetwork"), true))
	spec := service.Deployment.ToJson().(map[string]any)["spec"].(map[string]any)
	fmt.Println(spec["template"].(map[string]any)["spec"].(map[string]any)["hostNetwork"])
	// Output: true
}

// Bad props come back from Synth as one line that names each.
func ExampleSynth() {
	err := constructs.Synth(os.TempDir(), func(app cdk8s.App) {
		chart := cdk8s.NewChart(app, new("chart"), nil)
		constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{Replicas: -1})
	})
	fmt.Println(err)
	// Output: RsclipModelService "service": replicas is -1: must be 1 to 1000; choose a value in that range, or leave it out for the default
}

// A pod that sustains 66 requests per second within its latency objective, where
// traffic may grow by half while another pod loads its model.
func ExampleTargetRequestsPerSecond() {
	fmt.Println(constructs.TargetRequestsPerSecond(66, 0.5))
	// Output: 40
}

// Several signals make one autoscaler, with the rules for prometheus-adapter that
// they need; the engine keda asks Prometheus itself.
func ExampleNewGpuAutoscaler() {
	service := constructs.NewRsclipModelService(cdk8s.Testing_Chart(), "service", nil)
	autoscaler := constructs.NewGpuAutoscaler(cdk8s.Testing_Chart(), "autoscaler", &constructs.GpuAutoscalerProps{
		Service:           service,
		RequestsPerSecond: 40,
		QueueSeconds:      0.05,
		Behavior:          constructs.Spiky,
	})
	fmt.Println(*autoscaler.HorizontalPodAutoscaler.Name(), *autoscaler.AdapterRules.Name())
	// Output: git-rscilp-custom-hpa git-rscilp-adapter-rules
}

// Objectives, alerts on the service's health and a dashboard come with the
// monitoring where they are asked for.
func ExampleNewRsclipMonitoring() {
	service := constructs.NewRsclipModelService(cdk8s.Testing_Chart(), "service", nil)
	monitoring := constructs.NewRsclipMonitoring(cdk8s.Testing_Chart(), "monitoring", &constructs.RsclipMonitoringProps{
		Service:      service,
		Labels:       map[string]string{"release": "prometheus"},
		Objectives:   &constructs.Objectives{Availability: 0.999},
		HealthAlerts: true,
		Dashboard:    true,
	})
	fmt.Println(*monitoring.PrometheusRule.Name(), *monitoring.Dashboard.Name())
	// Output: git-rscilp-alerts git-rscilp-dashboard
}

// A gateway leads a tenth of the requests to the next version.
func ExampleNewRsclipHTTPRoute() {
	chart := cdk8s.Testing_Chart()
	stable := constructs.NewRsclipModelService(chart, "stable", &constructs.RsclipModelServiceProps{ServiceType: constructs.ClusterIP})
	canary := constructs.NewRsclipModelService(chart, "canary", &constructs.RsclipModelServiceProps{
		Name: "git-rscilp-canary", Namespace: "git-rscilp", ExistingNamespace: true, ServiceType: constructs.ClusterIP, Replicas: 1,
	})
	route := constructs.NewRsclipHTTPRoute(chart, "route", &constructs.RsclipHTTPRouteProps{
		Service: stable, Canary: canary, CanaryWeight: 10, Gateways: []constructs.GatewayListener{{Name: "public", Namespace: "gateways"}},
	})
	fmt.Println(*route.HTTPRoute.Name())
	// Output: git-rscilp-route
}
