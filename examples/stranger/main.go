// Command stranger composes the constructs in a project of its own: two services
// in one chart, each in a namespace that carries its name, with their autoscalers
// and their monitoring, and a patch for what no prop covers.
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
	chart := cdk8s.NewChart(app, new("vision"), nil)
	retrieval := add(chart, rsclip.RsclipModelServiceProps{
		Name:  "retrieval",
		Image: "registry.example/vision/git-rscilp:1.4.2",
		GPU:   rsclip.GPU{ResourceName: "nvidia.com/mig-1g.10gb"},
		Model: config.Model{BatchSize: 64},
	}, rsclip.GpuAutoscalerProps{MaxReplicas: 6, RequestsPerSecond: rsclip.TargetRequestsPerSecond(66, 0.5)})
	retrieval.Deployment.AddJsonPatch(cdk8s.JsonPatch_Add(new("/spec/template/spec/hostAliases"), []map[string]any{
		{"ip": "10.0.0.7", "hostnames": []string{"pictures.example"}},
	}))
	add(chart, rsclip.RsclipModelServiceProps{
		Name:              "captions",
		Image:             "registry.example/vision/git-rscilp:1.4.1",
		Model:             config.Model{Device: config.CPU, Precision: config.FP32},
		KubernetesVersion: "1.29", // whose init containers may be sidecars
		Pods: rsclip.Pods{
			CABundle:       rsclip.CABundle{ConfigMap: "site-ca"},
			InitContainers: []map[string]any{{"name": "logs", "image": "registry.example/logs:2", "restartPolicy": "Always"}},
		},
	}, rsclip.GpuAutoscalerProps{Behavior: rsclip.Steady, Metrics: []map[string]any{{
		"type": "External", "external": map[string]any{
			"metric": map[string]any{"name": "captions_waiting"},
			"target": map[string]any{"type": "AverageValue", "averageValue": "30"},
		},
	}}})
}

// add adds a service with its autoscaler and its monitoring.
func add(chart cdk8s.Chart, props rsclip.RsclipModelServiceProps, scaler rsclip.GpuAutoscalerProps) *rsclip.RsclipModelService {
	props.ServiceType = rsclip.ClusterIP
	service := rsclip.NewRsclipModelService(chart, props.Name, &props)
	scaler.Service = service
	rsclip.NewGpuAutoscaler(chart, props.Name+"-autoscaler", &scaler)
	rsclip.NewRsclipMonitoring(chart, props.Name+"-monitoring", &rsclip.RsclipMonitoringProps{
		Service: service,
		Labels:  map[string]string{"release": "prometheus"},
	})
	return service
}
