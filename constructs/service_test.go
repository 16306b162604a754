package constructs_test

import (
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

func TestServiceManifest(t *testing.T) {
	tests := []struct {
		name  string
		props *constructs.RsclipModelServiceProps
	}{
		{"service-default", nil},
		{"service-cpu", &constructs.RsclipModelServiceProps{
			Name:              "scorer",
			Namespace:         "vision",
			ExistingNamespace: true,
			Image:             "registry.example:5000/vision/scorer@sha256:" + strings.Repeat("0a", 32),
			ImagePullPolicy:   "IfNotPresent",
			ImagePullSecrets:  []string{},
			Replicas:          1,
			Resources: constructs.Resources{
				Requests: constructs.ResourceList{CPU: "250m", Memory: "512Mi"},
				Limits:   constructs.ResourceList{Memory: "1Gi"},
			},
			GPU:         constructs.GPU{Count: 4},
			ServiceType: constructs.ClusterIP,
			Port:        8000,
			Model:       config.Model{Device: config.CPU, Precision: config.FP32, BatchSize: 4},
			App:         config.App{Server: config.Server{Port: 9000}, Logging: config.Logging{Format: "json"}},
		}},
		{"service-placed", &constructs.RsclipModelServiceProps{
			GPU: constructs.GPU{
				Products: []string{"NVIDIA-H100-80GB-HBM3", "NVIDIA-A100-SXM4-80GB"}, RuntimeClassName: "nvidia", SharedMemory: "1Gi",
			},
			Scheduling: constructs.Scheduling{
				NodeLabels:        map[string][]string{"node.example/pool": {"gpu"}},
				PreferredZones:    []string{"eu-1a"},
				NearPods:          map[string]string{"app": "picture-cache"},
				SpreadZones:       constructs.Prefer,
				SpreadHosts:       constructs.Require,
				Tolerations:       []constructs.Toleration{{Key: "nvidia.com/gpu"}, {Key: "pool", Value: "gpu", Effect: "NoSchedule"}},
				PriorityClassName: "inference",
			},
			Rollout: constructs.Rollout{
				Strategy: constructs.NoSpareGPU, StartupSeconds: 1201, MinReadySeconds: 10, RevisionHistoryLimit: 3, ChangeCause: "model of June",
			},
			App: config.App{Server: config.Server{DrainSeconds: 20}},
		}},
		{"service-near", &constructs.RsclipModelServiceProps{
			GPU:        constructs.GPU{Products: []string{"dropped"}, RuntimeClassName: "dropped", SharedMemory: "1Gi"},
			Scheduling: constructs.Scheduling{NearPods: map[string]string{"app": "picture-cache"}},
			Rollout:    constructs.Rollout{Strategy: constructs.Surge},
			Model:      config.Model{Device: config.CPU},
			App:        config.App{Server: config.Server{DrainSeconds: -1}},
		}},
		{"service-mig", &constructs.RsclipModelServiceProps{
			Image:            "registry.example/scorer",
			ImagePullSecrets: []string{"first", "second"},
			GPU:              constructs.GPU{Count: 2, ResourceName: "nvidia.com/mig-1g.10gb"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			golden(t, tt.name, manifest(t, func(chart cdk8s.Chart) {
				constructs.NewRsclipModelService(chart, "service", tt.props)
			}))
		})
	}
}

func TestServiceExposesWhatItMade(t *testing.T) {
	got := manifest(t, func(chart cdk8s.Chart) {
		service := constructs.NewRsclipModelService(chart, "service", nil)
		for _, object := range []cdk8s.ApiObject{service.Namespace, service.ConfigMap, service.Deployment, service.Service} {
			object.AddJsonPatch(cdk8s.JsonPatch_Add(new("/metadata/annotations"), map[string]string{"patched": *object.Name()}))
		}
	})
	for _, name := range []string{"git-rscilp", "git-rscilp-config", "git-rscilp-deployment", "git-rscilp-service"} {
		if !strings.Contains(got, "patched: "+name+"\n") {
			t.Errorf("%s was not patched:\n%s", name, got)
		}
	}
}

// TestChecksum pins that pods roll when the configuration changes, and only then.
func TestChecksum(t *testing.T) {
	checksum := func(p constructs.RsclipModelServiceProps) string {
		m := manifest(t, func(chart cdk8s.Chart) { constructs.NewRsclipModelService(chart, "service", &p) })
		_, rest, _ := strings.Cut(m, "checksum/config: ")
		sum, _, found := strings.Cut(rest, "\n")
		if !found {
			t.Fatalf("no checksum in:\n%s", m)
		}
		return sum
	}
	before := checksum(constructs.RsclipModelServiceProps{})
	tests := []struct {
		name    string
		props   constructs.RsclipModelServiceProps
		changes bool
	}{
		{"the same", constructs.RsclipModelServiceProps{}, false},
		{"a default written out", constructs.RsclipModelServiceProps{Model: config.Model{BatchSize: 32}}, false},
		{"not configuration", constructs.RsclipModelServiceProps{Replicas: 5}, false},
		{"the model's file", constructs.RsclipModelServiceProps{Model: config.Model{BatchSize: 16}}, true},
		{"the application's file", constructs.RsclipModelServiceProps{App: config.App{Server: config.Server{Workers: 8}}}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if changed := checksum(tt.props) != before; changed != tt.changes {
				t.Errorf("checksum changed: %v, want %v", changed, tt.changes)
			}
		})
	}
}

func TestServiceRefuses(t *testing.T) {
	type props = constructs.RsclipModelServiceProps
	requests := func(cpu, memory string) props {
		return props{Resources: constructs.Resources{Requests: constructs.ResourceList{CPU: cpu, Memory: memory}}}
	}
	tests := []struct {
		name  string
		props props
		want  []string
	}{
		{"negative replicas", props{Replicas: -1}, []string{`RsclipModelService "bad"`, "replicas is -1: must be 1 to 1000; "}},
		{"name with underscore", props{Name: "git_rscilp"}, []string{`name is "git_rscilp": must be a DNS label`, "lower-case"}},
		{"name beginning with a digit", props{Name: "1st"}, []string{`name is "1st"`, "a letter first"}},
		{"name too long for its suffixes", props{Name: strings.Repeat("a", 50)}, []string{"name is", "at most 49"}},
		{"namespace in upper case", props{Namespace: "Vision"}, []string{`namespace is "Vision": must be a DNS label`}},
		{"blank image", props{Image: " "}, []string{`image is " ": must be an image reference`}},
		{"image of a tag alone", props{Image: ":1.0"}, []string{`image is ":1.0"`, "registry.example/team"}},
		{"image with a scheme", props{Image: "https://registry.example/x"}, []string{"image is"}},
		{"image with a short digest", props{Image: "x@sha256:00"}, []string{"image is"}},
		{"pull policy", props{ImagePullPolicy: "always"}, []string{`imagePullPolicy is "always": must be Always, IfNotPresent, Never`}},
		{"pull secret", props{ImagePullSecrets: []string{"ok", "Not OK"}}, []string{`imagePullSecrets is "Not OK"`}},
		{"cpu that is no quantity", requests("two", ""), []string{`resources.requests.cpu is "two": must be a Kubernetes quantity above zero; write it like "500m"`}},
		{"negative memory", requests("", "-1Gi"), []string{`resources.requests.memory is "-1Gi"`}},
		{"zero cpu", requests("0", ""), []string{`resources.requests.cpu is "0"`}},
		{"memory request above its limit", requests("", "17Gi"), []string{`resources.requests.memory is "17Gi": must be at most resources.limits.memory, 16Gi; lower the request or raise the limit`}},
		{"cpu request above its limit", requests("4001m", ""), []string{`resources.requests.cpu is "4001m"`}},
		{"limit below the default request", props{Resources: constructs.Resources{Limits: constructs.ResourceList{Memory: "4G"}}}, []string{`resources.requests.memory is "8Gi"`, "resources.limits.memory, 4G"}},
		{"gpu count", props{GPU: constructs.GPU{Count: -1}}, []string{"gpu.count is -1: must be 1 to 64"}},
		{"gpu resource without a domain", props{GPU: constructs.GPU{ResourceName: "gpu"}}, []string{`gpu.resourceName is "gpu"`, "nvidia.com/gpu"}},
		{"gpu product", props{GPU: constructs.GPU{Products: []string{"A100", "H 100"}}}, []string{`gpu.products[1] is "H 100"`, "kubectl get nodes"}},
		{"runtime class", props{GPU: constructs.GPU{RuntimeClassName: "NVIDIA"}}, []string{`gpu.runtimeClassName is "NVIDIA"`}},
		{"shared memory", props{GPU: constructs.GPU{SharedMemory: "lots"}}, []string{`gpu.sharedMemory is "lots"`}},
		{"node label key", props{Scheduling: constructs.Scheduling{NodeLabels: map[string][]string{"a b": {"x"}}}}, []string{"scheduling.nodeLabels.a b"}},
		{"node label without values", props{Scheduling: constructs.Scheduling{NodeLabels: map[string][]string{"pool": {}}}}, []string{"scheduling.nodeLabels.pool", "one value or more"}},
		{"zone", props{Scheduling: constructs.Scheduling{PreferredZones: []string{""}}}, []string{`scheduling.preferredZones[0] is ""`}},
		{"near pods", props{Scheduling: constructs.Scheduling{NearPods: map[string]string{"app": "a/b"}}}, []string{`scheduling.nearPods.app is "a/b"`}},
		{"spread", props{Scheduling: constructs.Scheduling{SpreadZones: "always"}}, []string{`scheduling.spreadZones is "always": must be prefer, require`}},
		{"spread over hosts", props{Scheduling: constructs.Scheduling{SpreadHosts: "no"}}, []string{`scheduling.spreadHosts is "no"`}},
		{"toleration", props{Scheduling: constructs.Scheduling{Tolerations: []constructs.Toleration{{Effect: "Never"}}}}, []string{`scheduling.tolerations[0].key is ""`, `scheduling.tolerations[0].effect is "Never"`}},
		{"priority class", props{Scheduling: constructs.Scheduling{PriorityClassName: "High"}}, []string{`scheduling.priorityClassName is "High"`}},
		{"strategy", props{Rollout: constructs.Rollout{Strategy: "canary"}}, []string{`rollout.strategy is "canary": must be surge, noSpareGPU`}},
		{"startup", props{Rollout: constructs.Rollout{StartupSeconds: 10}}, []string{"rollout.startupSeconds is 10: must be 30 to 7200"}},
		{"minimum ready above the deadline", props{Rollout: constructs.Rollout{MinReadySeconds: 600}}, []string{"rollout.minReadySeconds is 600: must be 0 to 599"}},
		{"revision history", props{Rollout: constructs.Rollout{RevisionHistoryLimit: -1}}, []string{"rollout.revisionHistoryLimit is -1"}},
		{"change cause", props{Rollout: constructs.Rollout{ChangeCause: strings.Repeat("x", 2000)}}, []string{"rollout.changeCause", "at most 1024 bytes"}},
		{"service type", props{ServiceType: "Ingress"}, []string{`serviceType is "Ingress": must be LoadBalancer, NodePort, ClusterIP`}},
		{"port", props{Port: 65536}, []string{"port is 65536: must be 1 to 65535"}},
		{"model configuration", props{Model: config.Model{Device: "gpu"}}, []string{`model.device is "gpu": must be cpu, cuda, tensorrt`}},
		{"application configuration", props{App: config.App{Server: config.Server{Workers: -4}}}, []string{"app.server.workers is -4"}},
		{"every bad prop", props{Replicas: -1, Port: -1}, []string{"replicas is -1", "port is -1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
				constructs.NewRsclipModelService(chart, "bad", &tt.props)
			}), tt.want)
		})
	}
}
