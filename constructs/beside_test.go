package constructs_test

import (
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

// TestUseBesideOtherContainers scales pods in which a container requests nothing. Of such
// a pod Kubernetes knows no use ("missing request for cpu in container logs"), and the
// autoscaler never acts; so it must follow the server's container alone.
func TestUseBesideOtherContainers(t *testing.T) {
	logs := object{"name": "logs", "image": "registry.example/logs:1"}
	mesh := object{"name": "mesh", "image": "registry.example/mesh:1", "restartPolicy": "Always"}
	once := object{"name": "once", "image": "registry.example/once:1"}
	asks := object{"name": "logs", "image": "registry.example/logs:1", "resources": object{"limits": object{"cpu": "1", "memory": "1Gi"}}}
	list := func(containers ...object) []map[string]any { return containers }
	for _, tt := range []struct {
		name    string
		version string
		pods    constructs.Pods
		engine  constructs.Engine
		want    string // in the autoscaler's manifest, or in the refusal
		not     string
	}{
		{"alone", "", constructs.Pods{}, constructs.HPA, "type: Resource", "ContainerResource"},
		{"an init container that ends", "", constructs.Pods{InitContainers: list(once)}, constructs.HPA, "type: Resource", "ContainerResource"},
		{"a sidecar", "", constructs.Pods{Sidecars: list(logs)}, constructs.HPA, "container: git-rscilp-container", "type: Resource"},
		{"a sidecar that starts first", "1.29", constructs.Pods{InitContainers: list(mesh)}, constructs.HPA, "container: git-rscilp-container", "type: Resource"},
		{"a sidecar, by KEDA", "", constructs.Pods{Sidecars: list(logs)}, constructs.Keda, "containerName: git-rscilp-container", ""},
		{"alone, by KEDA", "", constructs.Pods{}, constructs.Keda, "type: cpu", "containerName"},
		{"a sidecar of an old cluster", "1.26", constructs.Pods{Sidecars: list(logs)}, constructs.HPA, "set resources.requests.memory of service.pods.sidecars[0]", ""},
		{"one that requests, of an old cluster", "1.26", constructs.Pods{Sidecars: list(asks)}, constructs.HPA, "type: Resource", "ContainerResource"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			build := func(chart cdk8s.Chart) {
				service := constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{
					KubernetesVersion: tt.version, Pods: tt.pods, Model: config.Model{Device: config.CPU},
				})
				constructs.NewGpuAutoscaler(chart, "autoscaler", &constructs.GpuAutoscalerProps{Service: service, MemoryUtilization: 80, Engine: tt.engine})
			}
			if strings.HasPrefix(tt.want, "set ") {
				refusedFor(t, refusal(t, build), []string{tt.want, "cpuUtilization is 70", "memoryUtilization is 80"})
				return
			}
			_, got, _ := strings.Cut(manifest(t, build), "kind: Service\n")
			if strings.Count(got, tt.want) != 2 && tt.engine == constructs.HPA || !strings.Contains(got, tt.want) || tt.not != "" && strings.Contains(got, tt.not) {
				t.Errorf("want %q for both signals, and not %q, in:\n%s", tt.want, tt.not, got)
			}
		})
	}
}
