package constructs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"
	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/seed-74198975/rsclip/constructs"
)

func TestSynthReplacesManifests(t *testing.T) {
	outdir := t.TempDir()
	for _, name := range []string{"gone.k8s.yaml", "kept.txt"} {
		if err := os.WriteFile(filepath.Join(outdir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	err := constructs.Synth(outdir, func(app cdk8s.App) {
		constructs.NewRsclipModelService(cdk8s.NewChart(app, new("service"), nil), "service", nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"kept.txt", "namespace", "service.k8s.yaml"}, list(t, outdir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestSynthSetsApart has folders come for what is kept, and go again.
func TestSynthSetsApart(t *testing.T) {
	outdir := t.TempDir()
	synth := func(props constructs.RsclipModelServiceProps) {
		t.Helper()
		err := constructs.Synth(outdir, func(app cdk8s.App) {
			constructs.NewRsclipModelService(cdk8s.NewChart(app, new("service"), nil), "service", &props)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	kinds := func(folder string) string {
		data, err := os.ReadFile(filepath.Join(outdir, folder, "service.k8s.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for line := range strings.Lines(string(data)) {
			if kind, found := strings.CutPrefix(line, "kind: "); found {
				all = append(all, strings.TrimSpace(kind))
			}
		}
		return strings.Join(all, " ")
	}
	synth(constructs.RsclipModelServiceProps{
		Rollout: constructs.Rollout{ImmutableConfig: true}, ModelSource: constructs.ModelSource{Claim: &constructs.VolumeClaim{}},
	})
	for folder, want := range map[string]string{
		"namespace": "Namespace", "kept": "ConfigMap PersistentVolumeClaim", ".": "ServiceAccount NetworkPolicy PodDisruptionBudget Deployment Service",
	} {
		if got := kinds(folder); got != want {
			t.Errorf("%s has %s, want %s", folder, got, want)
		}
	}
	synth(constructs.RsclipModelServiceProps{ExistingNamespace: true})
	if diff := cmp.Diff([]string{"service.k8s.yaml"}, list(t, outdir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestStringsThatLookLikeNumbers reads manifests as kubectl does. A string in them that is
// a number to it is refused there, with the whole object.
func TestStringsThatLookLikeNumbers(t *testing.T) {
	values := []string{"0o022", "0O17", "0b11", "0B11", "0x1f", "0X1F", "-0o7", "+0x1", "017", "1_000", "1e3", ".5", "0x", "0o9", "yes", "~", "12:30:45", "<<", "é 0o17", "\n0o17\n", "- 0o17"}
	want := map[string]string{"0o17": "a key", "é": "0o17", "text": "a: 0o17\nb: 0x1f\n"}
	for i, value := range values {
		want[fmt.Sprintf("value-%d", i)] = value
	}
	outdir := t.TempDir()
	err := constructs.Synth(outdir, func(app cdk8s.App) {
		chart := cdk8s.NewChart(app, new("values"), nil)
		data := map[string]*string{}
		for key, value := range want {
			data[key] = &value
		}
		for _, name := range []string{"0o17", "0o20"} {
			k8s.NewKubeConfigMap(chart, &name, &k8s.KubeConfigMapProps{Metadata: &k8s.ObjectMeta{Name: &name}, Data: &data})
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(outdir, "values.k8s.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for i, document := range strings.Split(string(file), "\n---\n") {
		var got struct {
			Metadata struct{ Name string }
			Data     map[string]string
		}
		asJSON, err := yaml.YAMLToJSON([]byte(document))
		if err == nil {
			err = json.Unmarshal(asJSON, &got)
		}
		if err != nil {
			t.Fatalf("%v in:\n%s", err, document)
		}
		if name := []string{"0o17", "0o20"}[i]; got.Metadata.Name != name {
			t.Errorf("the name is %q, want %q", got.Metadata.Name, name)
		}
		if diff := cmp.Diff(want, got.Data); diff != "" {
			t.Errorf("data (-want +got):\n%s", diff)
		}
	}
}

func TestSynthFollowsTheCLI(t *testing.T) {
	outdir := filepath.Join(t.TempDir(), "new", "folder")
	t.Setenv("CDK8S_OUTDIR", outdir)
	err := constructs.Synth("", func(app cdk8s.App) { cdk8s.NewChart(app, new("empty"), nil) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"empty.k8s.yaml"}, list(t, outdir)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestSynthRefuses(t *testing.T) {
	hpa := func(chart cdk8s.Chart, id, name string) {
		k8s.NewKubeHorizontalPodAutoscalerV2(chart, &id, &k8s.KubeHorizontalPodAutoscalerV2Props{
			Metadata: &k8s.ObjectMeta{Name: &name, Namespace: new("git-rscilp")},
			Spec: &k8s.HorizontalPodAutoscalerSpecV2{
				MaxReplicas:    new(float64(3)),
				ScaleTargetRef: &k8s.CrossVersionObjectReferenceV2{ApiVersion: new("apps/v1"), Kind: new("Deployment"), Name: new("git-rscilp-deployment")},
			},
		})
	}
	tests := []struct {
		name  string
		build func(app cdk8s.App, chart cdk8s.Chart)
		want  []string
	}{
		{"bad props", func(_ cdk8s.App, chart cdk8s.Chart) {
			constructs.NewRsclipModelService(chart, "bad", &constructs.RsclipModelServiceProps{Replicas: -1})
		}, []string{`RsclipModelService "bad": replicas is -1`}},
		{"one id twice, which jsii refuses", func(_ cdk8s.App, chart cdk8s.Chart) {
			constructs.NewRsclipModelService(chart, "same", nil)
			constructs.NewRsclipModelService(chart, "same", nil)
		}, []string{"synthesizing:", "'same'"}},
		{"a required field left out, which jsii refuses", func(_ cdk8s.App, chart cdk8s.Chart) {
			k8s.NewKubeDeployment(chart, new("x"), &k8s.KubeDeploymentProps{Spec: &k8s.DeploymentSpec{}})
		}, []string{"synthesizing:", "required"}},
		{"a validation of another's, which cdk8s refuses", func(app cdk8s.App, _ cdk8s.Chart) {
			app.Node().AddValidation(&failing{})
		}, []string{"synthesizing: Validation failed", "never valid"}},
		{"a second autoscaler from another chart", func(app cdk8s.App, chart cdk8s.Chart) {
			service := constructs.NewRsclipModelService(chart, "service", nil)
			constructs.NewGpuAutoscaler(chart, "autoscaler", &constructs.GpuAutoscalerProps{Service: service})
			hpa(cdk8s.NewChart(app, new("theirs"), nil), "hpa", "theirs")
		}, []string{"HorizontalPodAutoscaler git-rscilp/git-rscilp-hpa and HorizontalPodAutoscaler git-rscilp/theirs", "scale one target, Deployment git-rscilp/git-rscilp-deployment", "keep one"}},
		{"an autoscaler of another chart beside KEDA's", func(app cdk8s.App, chart cdk8s.Chart) {
			service := constructs.NewRsclipModelService(chart, "service", nil)
			constructs.NewGpuAutoscaler(chart, "autoscaler", &constructs.GpuAutoscalerProps{Service: service, Engine: constructs.Keda})
			hpa(cdk8s.NewChart(app, new("theirs"), nil), "hpa", "theirs")
		}, []string{"ScaledObject git-rscilp/git-rscilp-scaler and HorizontalPodAutoscaler git-rscilp/theirs", "scale one target, Deployment git-rscilp/git-rscilp-deployment"}},
		{"two objects of one name", func(_ cdk8s.App, chart cdk8s.Chart) {
			constructs.NewRsclipModelService(chart, "first", nil)
			constructs.NewRsclipModelService(chart, "second", nil)
		}, []string{"Namespace /git-rscilp and Namespace /git-rscilp: have one name"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			outdir := t.TempDir()
			if err := os.WriteFile(filepath.Join(outdir, "before.k8s.yaml"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			err := constructs.Synth(outdir, func(app cdk8s.App) { tt.build(app, cdk8s.NewChart(app, new("chart"), nil)) })
			if err == nil {
				t.Fatal("accepted")
			}
			refusedFor(t, err, tt.want)
			if diff := cmp.Diff([]string{"before.k8s.yaml"}, list(t, outdir)); diff != "" {
				t.Errorf("the output folder changed (-want +got):\n%s", diff)
			}
		})
	}
}

// failing is a validation as a stranger may add it.
type failing struct{ _ byte }

func (*failing) Validate() *[]*string { return &[]*string{new("never valid")} }

func TestSynthErrorsAreTyped(t *testing.T) {
	err := constructs.Synth(t.TempDir(), func(app cdk8s.App) {
		constructs.NewRsclipModelService(cdk8s.NewChart(app, new("c"), nil), "s", &constructs.RsclipModelServiceProps{Port: -1})
	})
	var props *constructs.PropsError
	if !errors.As(err, &props) || props.ID != "s" || len(props.Fields) != 1 || props.Fields[0].Field != "port" {
		t.Errorf("error is %#v", err)
	}
}

func TestSynthKeepsPanicsOfBugs(t *testing.T) {
	defer func() {
		if failure := recover(); failure == nil || !strings.Contains(failure.(error).Error(), "nil pointer") {
			t.Errorf("recovered %v, want the panic itself", failure)
		}
	}()
	_ = constructs.Synth(t.TempDir(), func(cdk8s.App) {
		var service *constructs.RsclipModelService
		service.Deployment = nil
	})
}

func list(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names
}
