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
