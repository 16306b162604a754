package constructs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"sigs.k8s.io/yaml"

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
	files, _ := filepath.Glob(filepath.Join(outdir, "*.yaml"))
	fmt.Println(len(files), filepath.Base(files[0]), err)
	// Output: 1 retrieval.k8s.yaml <nil>
}

// One service of six pods, on nodes with an H100.
func ExampleNewRsclipModelService() {
	service := constructs.NewRsclipModelService(cdk8s.Testing_Chart(), "service", &constructs.RsclipModelServiceProps{
		Replicas:  6,
		GPU:       constructs.GPU{Products: []string{"NVIDIA-H100-80GB-HBM3"}},
		Resources: constructs.Resources{Limits: constructs.ResourceList{CPU: "8", Memory: "24Gi"}},
	})
	show(service.Deployment, "spec", "template", "spec", "containers", "0", "resources", "limits")
	// Output:
	// cpu: "8"
	// memory: 24Gi
	// nvidia.com/gpu: "1"
}

// Two services live in one chart, each in a namespace that carries its name.
func ExampleNewRsclipModelService_two() {
	chart := cdk8s.Testing_Chart()
	constructs.NewRsclipModelService(chart, "day", &constructs.RsclipModelServiceProps{Name: "day"})
	night := constructs.NewRsclipModelService(chart, "night", &constructs.RsclipModelServiceProps{
		Name:  "night",
		Model: config.Model{Device: config.CPU, Precision: config.FP32},
	})
	show(night.Deployment, "metadata", "namespace")
	// Output: night
}

// What no prop covers is patched on the object itself.
func ExampleRsclipModelService() {
	service := constructs.NewRsclipModelService(cdk8s.Testing_Chart(), "service", nil)
	service.Deployment.AddJsonPatch(cdk8s.JsonPatch_Add(new("/spec/template/spec/hostNetwork"), true))
	show(service.Deployment, "spec", "template", "spec", "hostNetwork")
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
// they need.
func ExampleNewGpuAutoscaler() {
	service := constructs.NewRsclipModelService(cdk8s.Testing_Chart(), "service", nil)
	autoscaler := constructs.NewGpuAutoscaler(cdk8s.Testing_Chart(), "autoscaler", &constructs.GpuAutoscalerProps{
		Service:           service,
		CPUUtilization:    -1,
		RequestsPerSecond: 40,
		QueueSeconds:      0.05,
	})
	show(autoscaler.HorizontalPodAutoscaler, "spec", "metrics", "1")
	// Output:
	// pods:
	//   metric:
	//     name: queue_seconds
	//   target:
	//     averageValue: 50m
	//     type: AverageValue
	// type: Pods
}

// The engine keda asks Prometheus itself, and needs no prometheus-adapter.
func ExampleNewGpuAutoscaler_keda() {
	service := constructs.NewRsclipModelService(cdk8s.Testing_Chart(), "service", nil)
	autoscaler := constructs.NewGpuAutoscaler(cdk8s.Testing_Chart(), "autoscaler", &constructs.GpuAutoscalerProps{
		Service:          service,
		Engine:           constructs.Keda,
		RequestsInFlight: 8,
	})
	show(autoscaler.ScaledObject, "spec", "triggers", "0", "metadata")
	// Output:
	// activationThreshold: "0"
	// ignoreNullValues: "false"
	// query: sum(sum by (pod) (avg_over_time(http_requests_in_flight{namespace="git-rscilp",service="git-rscilp-service"}[2m])))
	// serverAddress: http://prometheus-operated.monitoring.svc:9090
	// threshold: "8"
}

// A pod for every 20 scenes that wait, whatever counts them.
func ExampleCustomSignal() {
	service := constructs.NewRsclipModelService(cdk8s.Testing_Chart(), "service", nil)
	autoscaler := constructs.NewGpuAutoscaler(cdk8s.Testing_Chart(), "autoscaler", &constructs.GpuAutoscalerProps{
		Service: service,
		Custom: []constructs.CustomSignal{
			{Name: "scenes_waiting", Query: `sum(rabbitmq_queue_messages_ready{queue="scenes"})`, Target: 20},
		},
	})
	show(autoscaler.HorizontalPodAutoscaler, "spec", "metrics", "0", "external")
	// Output:
	// metric:
	//   name: git-rscilp_git-rscilp_scenes_waiting
	// target:
	//   averageValue: "20"
	//   type: AverageValue
}

// Objectives, alerts on the service's health and a dashboard come with the
// monitoring if they are asked for.
func ExampleNewRsclipMonitoring() {
	service := constructs.NewRsclipModelService(cdk8s.Testing_Chart(), "service", nil)
	monitoring := constructs.NewRsclipMonitoring(cdk8s.Testing_Chart(), "monitoring", &constructs.RsclipMonitoringProps{
		Service:      service,
		Labels:       map[string]string{"release": "prometheus"},
		Objectives:   &constructs.Objectives{Availability: 0.999},
		HealthAlerts: true,
		Dashboard:    true,
	})
	show(monitoring.ServiceMonitor, "spec", "endpoints", "0")
	show(monitoring.PrometheusRule, "spec", "groups", "0", "rules", "0", "alert")
	// Output:
	// interval: 30s
	// path: /metrics
	// port: http
	// HighErrorRate
}

// A job of 16 pods makes an index of the scenes of a claim, and the service answers
// searches from it.
func ExampleNewRsclipIndexJob() {
	chart := cdk8s.Testing_Chart()
	service := constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{
		Index: constructs.SearchIndex{Claim: constructs.ClaimFolder{Name: "index"}, Scenes: constructs.ClaimFolder{Name: "archive"}},
	})
	job := constructs.NewRsclipIndexJob(chart, "index", &constructs.RsclipIndexJobProps{Service: service, Shards: 16})
	show(job.Job, "spec", "template", "spec", "containers", "0", "args")
	// Output:
	// - index
	// - --images=/app/scenes
	// - --out=/app/index
	// - --shard=$(JOB_COMPLETION_INDEX)/16
	// - --allow-failures
}

// Three nodes of Weaviate have the index, which a job fills and the service searches.
func ExampleNewRsclipVectorStore() {
	chart := cdk8s.Testing_Chart()
	service := constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{
		Index: constructs.SearchIndex{
			Engine: &constructs.SearchEngine{Address: "weaviate://git-rscilp-weaviate", Secret: constructs.SecretKey{Name: "weaviate"}},
			Scenes: constructs.ClaimFolder{Name: "archive"},
		},
	})
	store := constructs.NewRsclipVectorStore(chart, "store", &constructs.RsclipVectorStoreProps{Service: service})
	job := constructs.NewRsclipIndexJob(chart, "index", &constructs.RsclipIndexJobProps{Service: service, Output: constructs.ClaimFolder{Name: "tables"}})
	show(store.StatefulSet, "spec", "replicas")
	show(job.Job, "spec", "template", "spec", "containers", "0", "args", "4")
	// Output:
	// 3
	// --to=weaviate://git-rscilp-weaviate
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
	show(route.HTTPRoute, "spec", "rules", "0", "backendRefs")
	// Output:
	// - group: ""
	//   kind: Service
	//   name: git-rscilp-service
	//   port: 80
	//   weight: 90
	// - group: ""
	//   kind: Service
	//   name: git-rscilp-canary-service
	//   port: 80
	//   weight: 10
}

// Inside an Istio mesh, connections to the pods are bounded.
func ExampleNewRsclipMeshRoute() {
	chart := cdk8s.Testing_Chart()
	service := constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{ServiceType: constructs.ClusterIP})
	route := constructs.NewRsclipMeshRoute(chart, "route", &constructs.RsclipMeshRouteProps{Service: service, MaxConnections: 64})
	show(route.DestinationRules[0], "spec", "trafficPolicy", "connectionPool", "tcp")
	// Output:
	// connectTimeout: 2s
	// maxConnections: 64
}

// show prints a part of an object as YAML.
func show(object cdk8s.ApiObject, path ...string) {
	part := object.ToJson()
	for _, step := range path {
		if list, ok := part.([]any); ok {
			i, _ := strconv.Atoi(step)
			part = list[i]
			continue
		}
		part = part.(map[string]any)[step]
	}
	text, err := yaml.Marshal(part)
	fmt.Print(string(text))
	if err != nil {
		fmt.Println(err)
	}
}
