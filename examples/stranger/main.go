// Command stranger composes the constructs in a project of its own: one service
// with other settings than the defaults, its autoscaler and its monitoring in
// one chart, and a patch for what no prop covers.
package main

import (
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	rsclip "github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

func main() {
	rsclip.Exit(rsclip.Synth("", build))
}

func build(app cdk8s.App) {
	chart := cdk8s.NewChart(app, new("retrieval"), nil)
	service := rsclip.NewRsclipModelService(chart, "service", &rsclip.RsclipModelServiceProps{
		Name:        "retrieval",
		Image:       "registry.example/vision/git-rscilp:1.4.2",
		ServiceType: rsclip.ClusterIP,
		GPU:         rsclip.GPU{ResourceName: "nvidia.com/mig-1g.10gb"},
		Model:       config.Model{BatchSize: 64},
	})
	rsclip.NewGpuAutoscaler(chart, "autoscaler", &rsclip.GpuAutoscalerProps{
		Service:           service,
		MaxReplicas:       6,
		RequestsPerSecond: 40,
	})
	rsclip.NewRsclipMonitoring(chart, "monitoring", &rsclip.RsclipMonitoringProps{
		Service: service,
		Labels:  map[string]string{"release": "prometheus"},
	})
	service.Deployment.AddJsonPatch(cdk8s.JsonPatch_Add(new("/spec/template/spec/priorityClassName"), "inference"))
}
