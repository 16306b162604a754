package constructs_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
)

// all adds a service with every kind of object, of which a test patches one.
func all(chart cdk8s.Chart) map[string]cdk8s.ApiObject {
	service := constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{
		Scheduling: constructs.Scheduling{SpreadHosts: constructs.Require},
	})
	autoscaler := constructs.NewGpuAutoscaler(chart, "autoscaler", &constructs.GpuAutoscalerProps{Service: service, Behavior: constructs.Spiky})
	monitoring := constructs.NewRsclipMonitoring(chart, "monitoring", &constructs.RsclipMonitoringProps{Service: service})
	return map[string]cdk8s.ApiObject{
		"deployment": service.Deployment, "service": service.Service, "namespace": service.Namespace,
		"hpa": autoscaler.HorizontalPodAutoscaler, "monitor": monitoring.ServiceMonitor, "rule": monitoring.PrometheusRule,
	}
}

// TestPatchesSurvive patches fields that the classes of Kubernetes 1.27 and of the
// imported definitions do not know.
func TestPatchesSurvive(t *testing.T) {
	tests := []struct {
		object, path string
		value        any
		want         string
	}{
		{"deployment", "/spec/template/spec/initContainers", []map[string]any{{"name": "proxy", "image": "x:1", "restartPolicy": "Always"}}, "restartPolicy: Always"},
		{"deployment", "/spec/template/spec/resourceClaims", []map[string]any{{"name": "gpu", "resourceClaimTemplateName": "gpu"}}, "resourceClaimTemplateName: gpu"},
		{"deployment", "/spec/template/spec/securityContext/appArmorProfile", map[string]any{"type": "RuntimeDefault"}, "appArmorProfile:"},
		{"deployment", "/spec/template/spec/containers/0/lifecycle", map[string]any{"preStop": map[string]any{"sleep": map[string]any{"seconds": 7}}}, "seconds: 7"},
		{"deployment", "/spec/template/spec/containers/-", map[string]any{"name": "log-shipper", "image": "x:1"}, "name: log-shipper"},
		{"deployment", "/spec/template/metadata/annotations/example.com~1note", "hello", "example.com/note: hello"},
		{"service", "/spec/trafficDistribution", "PreferClose", "trafficDistribution: PreferClose"},
		{"hpa", "/spec/behavior/scaleUp/tolerance", "0.05", `tolerance: "0.05"`},
		{"monitor", "/spec/fieldOfTheFuture", "x", "fieldOfTheFuture: x"},
		{"rule", "/spec/groups/0/rules/0/labels/team", "vision", "team: vision"},
	}
	for _, tt := range tests {
		t.Run(tt.object+tt.path, func(t *testing.T) {
			got := manifest(t, func(chart cdk8s.Chart) {
				all(chart)[tt.object].AddJsonPatch(cdk8s.JsonPatch_Add(&tt.path, tt.value))
			})
			if !strings.Contains(got, tt.want) {
				t.Errorf("%q is not in the manifests", tt.want)
			}
		})
	}
}

func TestPatchesOfNothing(t *testing.T) {
	const pod = "/spec/template/spec/"
	tests := []struct {
		name  string
		patch func() cdk8s.JsonPatch
	}{
		{"replace a field that is not there", func() cdk8s.JsonPatch { return cdk8s.JsonPatch_Replace(new("/spec/nothere"), 3) }},
		{"remove a field that is not there", func() cdk8s.JsonPatch { return cdk8s.JsonPatch_Remove(new("/spec/nothere")) }},
		{"add below a field that is not there", func() cdk8s.JsonPatch { return cdk8s.JsonPatch_Add(new(pod+"nothere/x"), 3) }},
		{"add after a list's end", func() cdk8s.JsonPatch { return cdk8s.JsonPatch_Add(new(pod+"containers/2"), 3) }},
		{"replace after a list's end", func() cdk8s.JsonPatch { return cdk8s.JsonPatch_Replace(new(pod+"containers/1"), 3) }},
		{"replace at the end of a list", func() cdk8s.JsonPatch { return cdk8s.JsonPatch_Replace(new(pod+"containers/-"), 3) }},
		{"a name in a list", func() cdk8s.JsonPatch { return cdk8s.JsonPatch_Replace(new(pod+"containers/first/image"), 3) }},
		{"below a text", func() cdk8s.JsonPatch { return cdk8s.JsonPatch_Add(new(pod+"serviceAccountName/x"), 3) }},
		{"copy from nowhere", func() cdk8s.JsonPatch { return cdk8s.JsonPatch_Copy(new("/spec/nothere"), new("/spec/paused")) }},
		{"test of nothing", func() cdk8s.JsonPatch { return cdk8s.JsonPatch_Test(new("/spec/nothere"), 3) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := constructs.Synth(t.TempDir(), func(app cdk8s.App) {
				all(cdk8s.NewChart(app, new("chart"), nil))["deployment"].AddJsonPatch(tt.patch())
			})
			var refused *constructs.PatchError
			if !errors.As(err, &refused) {
				t.Fatalf("%v: want a PatchError", err)
			}
			refusedFor(t, err, []string{"patching Deployment git-rscilp/git-rscilp-deployment: ", "does not exist"})
		})
	}
}

func TestPatchOfAPatch(t *testing.T) {
	got := manifest(t, func(chart cdk8s.Chart) {
		deployment := all(chart)["deployment"]
		deployment.AddJsonPatch(
			cdk8s.JsonPatch_Add(new("/spec/template/spec/hostAliases"), []any{}),
			cdk8s.JsonPatch_Add(new("/spec/template/spec/hostAliases/-"), map[string]any{"ip": "10.0.0.7"}),
		)
		deployment.AddJsonPatch(cdk8s.JsonPatch_Replace(new("/spec/template/spec/hostAliases/0/ip"), "10.0.0.8"))
		deployment.Metadata().AddLabel(new("example.com/late"), new("yes"))
	})
	for _, want := range []string{"ip: 10.0.0.8", `example.com/late: "yes"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in the manifests", want)
		}
	}
}

// TestObjectsAreArguments passes an object on to cdk8s.
func TestObjectsAreArguments(t *testing.T) {
	err := constructs.Synth(t.TempDir(), func(app cdk8s.App) {
		objects := all(cdk8s.NewChart(app, new("chart"), nil))
		objects["deployment"].AddDependency(objects["service"])
	})
	if err != nil {
		t.Error(err)
	}
}

// TestSynthAtOnce has programs synthesize at the same time.
func TestSynthAtOnce(t *testing.T) {
	var all sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		folder := t.TempDir()
		all.Go(func() {
			errs[i] = constructs.Synth(folder, func(app cdk8s.App) {
				stack(cdk8s.NewChart(app, new("chart"), nil), fmt.Sprintf("service-%d", i))
			})
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
}

func TestChartNamespace(t *testing.T) {
	build := func(namespace string) error {
		return constructs.Synth(t.TempDir(), func(app cdk8s.App) {
			chart := cdk8s.NewChart(app, new("chart"), &cdk8s.ChartProps{Namespace: new("vision")})
			service := constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{Namespace: namespace})
			if got := *service.Deployment.Metadata().Namespace(); got != "vision" {
				t.Errorf("the namespace is %q, want the chart's", got)
			}
		})
	}
	if err := build(""); err != nil {
		t.Error(err)
	}
	refusedFor(t, build("other"), []string{`namespace is "other": must be that of the chart, vision`})
}
