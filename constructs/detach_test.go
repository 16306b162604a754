package constructs_test

import (
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

// sharedProps have everything by which a later change could reach a service.
func sharedProps() *constructs.RsclipModelServiceProps {
	return &constructs.RsclipModelServiceProps{
		ImagePullSecrets: []string{},
		Pods: constructs.Pods{
			Env:         []map[string]any{{"name": "SHARED", "value": "first", "list": []any{map[string]any{"a": "first"}}}},
			Annotations: map[string]string{"shared": "first"},
		},
		NetworkPolicy: constructs.NetworkPolicy{PrivateRanges: []string{"2600:1f14::/36"}},
		GPU:           constructs.GPU{CacheClaim: "kernels"},
		TLS:           constructs.TLSSecret{SecretName: "certificate"},
		Model:         config.Model{Device: config.TensorRT, TensorRT: &config.TensorRTOptions{FP16: true}},
		App:           config.App{Fetch: &config.Fetch{TimeoutSeconds: 5}},
	}
}

// TestPropsAreTheirGivers changes props after a service was made of them: what is made of
// the service later has them as they were, and no construct changes them.
func TestPropsAreTheirGivers(t *testing.T) {
	made := func(between func(props *constructs.RsclipModelServiceProps)) string {
		return manifest(t, func(chart cdk8s.Chart) {
			props := sharedProps()
			service := constructs.NewRsclipModelService(chart, "service", props)
			between(props)
			constructs.NewRsclipIndexJob(chart, "job", &constructs.RsclipIndexJobProps{
				Service: service, Scenes: constructs.ClaimFolder{Name: "scenes"}, Output: constructs.ClaimFolder{Name: "index"},
			})
		})
	}
	want := made(func(props *constructs.RsclipModelServiceProps) {
		if diff := cmp.Diff(sharedProps(), props); diff != "" {
			t.Errorf("a service changed its props (-given +after):\n%s", diff)
		}
	})
	if strings.Count(want, "value: first") < 2 {
		t.Fatalf("the job has not the service's variable:\n%s", want)
	}
	got := made(func(props *constructs.RsclipModelServiceProps) {
		props.Pods.Env[0]["value"] = "second"
		props.Pods.Env[0]["list"].([]any)[0].(map[string]any)["a"] = "second"
		props.Pods.Annotations["shared"] = "second"
		props.NetworkPolicy.PrivateRanges[0] = "2600:1f18::/36"
		props.Model.TensorRT.FP16 = false
		props.App.Fetch.TimeoutSeconds = 7
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("props that are changed later change a service (-unchanged +changed):\n%s", diff)
	}
}
