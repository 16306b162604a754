package constructs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
)

// stack adds a service with its autoscaler and its monitoring.
func stack(chart cdk8s.Chart, name string) *constructs.RsclipModelService {
	service := constructs.NewRsclipModelService(chart, name, &constructs.RsclipModelServiceProps{Name: name})
	constructs.NewGpuAutoscaler(chart, name+"-autoscaler", &constructs.GpuAutoscalerProps{Service: service, RequestsPerSecond: 10})
	constructs.NewRsclipMonitoring(chart, name+"-monitoring", &constructs.RsclipMonitoringProps{Service: service})
	return service
}

func TestTwoServices(t *testing.T) {
	tests := []struct {
		name  string
		build func(app cdk8s.App, chart cdk8s.Chart)
	}{
		{"in one chart and two namespaces", func(_ cdk8s.App, chart cdk8s.Chart) {
			stack(chart, "one")
			stack(chart, "two")
		}},
		{"in two charts", func(app cdk8s.App, chart cdk8s.Chart) {
			stack(chart, "one")
			stack(cdk8s.NewChart(app, new("other"), nil), "two")
		}},
		{"in one namespace", func(_ cdk8s.App, chart cdk8s.Chart) {
			constructs.NewRsclipModelService(chart, "one", &constructs.RsclipModelServiceProps{Name: "one", Namespace: "vision"})
			constructs.NewRsclipModelService(chart, "two", &constructs.RsclipModelServiceProps{Name: "two", Namespace: "vision", ExistingNamespace: true})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := constructs.Synth(t.TempDir(), func(app cdk8s.App) { tt.build(app, cdk8s.NewChart(app, new("chart"), nil)) })
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPathsAndNames pins what users depend on: the paths of the constructs, by
// which they find and patch them, and the names of the objects, under which they
// run. Neither may change between versions.
func TestPathsAndNames(t *testing.T) {
	app := cdk8s.NewApp(&cdk8s.AppProps{Outdir: new(t.TempDir())})
	chart := cdk8s.NewChart(app, new("chart"), nil)
	service := stack(chart, "name")
	constructs.NewRsclipHTTPRoute(chart, "route", &constructs.RsclipHTTPRouteProps{Service: service, Gateways: []constructs.GatewayListener{{Name: "public"}}})
	constructs.NewRsclipMeshRoute(chart, "mesh", &constructs.RsclipMeshRouteProps{Service: service})
	full := constructs.NewRsclipModelService(chart, "full", &constructs.RsclipModelServiceProps{
		Name:          "full",
		ResourceQuota: constructs.ResourceQuota{Pods: 20},
		ModelSource:   constructs.ModelSource{Claim: &constructs.VolumeClaim{}},
		TLS:           constructs.TLSSecret{SecretName: "certificate"},
	})
	constructs.NewGpuAutoscaler(chart, "keda", &constructs.GpuAutoscalerProps{Service: full, Engine: constructs.Keda})
	constructs.NewRsclipMonitoring(chart, "pods", &constructs.RsclipMonitoringProps{Service: full, PodMonitor: true, Dashboard: true})
	constructs.NewRsclipHTTPRoute(chart, "tls", &constructs.RsclipHTTPRouteProps{
		Service: full, Gateways: []constructs.GatewayListener{{Name: "public"}}, AuthorityConfigMap: "authority",
	})
	constructs.NewRsclipModelService(chart, "image", &constructs.RsclipModelServiceProps{
		Name: "image", Namespace: "full", ExistingNamespace: true,
		ModelSource: constructs.ModelSource{Image: &constructs.ModelImage{Reference: "registry.example/model:1"}},
	})
	constructs.NewRsclipIndexJob(chart, "index", &constructs.RsclipIndexJobProps{
		Service: service, Sources: []string{"https://scenes.example/a.tif"}, Output: constructs.ClaimFolder{Name: "indexes"},
	})
	constructs.NewRsclipVectorStore(chart, "store", &constructs.RsclipVectorStoreProps{Service: service, Key: constructs.SecretKey{Name: "weaviate"}})
	var got []string
	for _, construct := range *chart.Node().FindAll("") {
		if *cdk8s.ApiObject_IsApiObject(construct) {
			object := cdk8s.ApiObject_Of(construct)
			got = append(got, fmt.Sprintf("%s: %s %s", *construct.Node().Path(), *object.Kind(), *object.Name()))
		}
	}
	slices.Sort(got)
	want := `chart/full/ConfigMap: ConfigMap full-config
chart/full/Deployment: Deployment full-deployment
chart/full/ModelClaim: PersistentVolumeClaim full-model
chart/full/Namespace: Namespace full
chart/full/NetworkPolicy: NetworkPolicy full-network
chart/full/PodDisruptionBudget: PodDisruptionBudget full-pdb
chart/full/ResourceQuota: ResourceQuota full-quota
chart/full/Service: Service full-service
chart/full/ServiceAccount: ServiceAccount full-sa
chart/image/ConfigMap: ConfigMap image-config
chart/image/Deployment: Deployment image-deployment
chart/image/NetworkPolicy: NetworkPolicy image-network
chart/image/PodDisruptionBudget: PodDisruptionBudget image-pdb
chart/image/Service: Service image-service
chart/image/ServiceAccount: ServiceAccount image-sa
chart/index/ConfigMap: ConfigMap name-index-sources
chart/index/Job: Job name-index
chart/index/NetworkPolicy: NetworkPolicy name-index-network
chart/keda/ScaledObject: ScaledObject full-scaler
chart/mesh/DestinationRule-name: DestinationRule name-mesh
chart/mesh/VirtualService: VirtualService name-mesh-route
chart/name-autoscaler/AdapterRules: ConfigMap name-adapter-rules
chart/name-autoscaler/HorizontalPodAutoscaler: HorizontalPodAutoscaler name-hpa
chart/name-monitoring/PrometheusRule: PrometheusRule name-alerts
chart/name-monitoring/ServiceMonitor: ServiceMonitor name-monitor
chart/name/ConfigMap: ConfigMap name-config
chart/name/Deployment: Deployment name-deployment
chart/name/Namespace: Namespace name
chart/name/NetworkPolicy: NetworkPolicy name-network
chart/name/PodDisruptionBudget: PodDisruptionBudget name-pdb
chart/name/Service: Service name-service
chart/name/ServiceAccount: ServiceAccount name-sa
chart/pods/Dashboard: ConfigMap full-dashboard
chart/pods/PodMonitor: PodMonitor full-monitor
chart/pods/PrometheusRule: PrometheusRule full-alerts
chart/route/HTTPRoute: HTTPRoute name-route
chart/store/NetworkPolicy: NetworkPolicy name-weaviate-network
chart/store/Peers: Service name-weaviate-peers
chart/store/PodDisruptionBudget: PodDisruptionBudget name-weaviate-pdb
chart/store/Service: Service name-weaviate
chart/store/ServiceAccount: ServiceAccount name-weaviate-sa
chart/store/StatefulSet: StatefulSet name-weaviate
chart/tls/BackendTLSPolicy-full: BackendTLSPolicy full-backend-tls
chart/tls/HTTPRoute: HTTPRoute full-route`
	if joined := strings.Join(got, "\n"); joined != want {
		t.Errorf("got:\n%s\nwant:\n%s", joined, want)
	}
}

// BenchmarkServices shows how the time to synthesize grows with the number of
// services in one chart; ms/service stays level where growth is linear.
func BenchmarkServices(b *testing.B) {
	for _, services := range []int{1, 10, 25, 50, 100, 200} {
		b.Run(fmt.Sprint(services), func(b *testing.B) {
			for b.Loop() {
				err := constructs.Synth(b.TempDir(), func(app cdk8s.App) {
					chart := cdk8s.NewChart(app, new("chart"), nil)
					for i := range services {
						stack(chart, fmt.Sprintf("service-%d", i))
					}
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N*services), "ms/service")
		})
	}
}
