package constructs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"
)

// TestBounds tries each bound of a prop, and one beyond it, where a check names
// it among what is wrong.
func TestBounds(t *testing.T) {
	t.Parallel()
	for field, tt := range map[string]struct {
		check     func(c *check, v int)
		low, high int
	}{
		"model.hub.fetchSeconds": {func(c *check, v int) {
			ModelFetch{FetchSeconds: v, SizeLimit: "1Gi"}.check(c, "model.hub")
		}, 60, 86400},
		"rollout.startupSeconds":       {func(c *check, v int) { Rollout{StartupSeconds: v}.check(c, 0) }, 30, 7200},
		"rollout.minReadySeconds":      {func(c *check, v int) { Rollout{MinReadySeconds: v}.check(c, 0) }, 0, 599},
		"rollout.revisionHistoryLimit": {func(c *check, v int) { Rollout{RevisionHistoryLimit: v}.check(c, 0) }, 1, 100},
		"rollout.changeCause":          {func(c *check, v int) { Rollout{ChangeCause: strings.Repeat("x", v)}.check(c, 0) }, 0, 1024},
		"canaryWeight": {func(c *check, v int) {
			split{service: new(RsclipModelService), canary: new(RsclipModelService), canaryWeight: v}.check(c)
		}, 0, 100},
		"gateways": {func(c *check, v int) {
			c.errs = (RsclipHTTPRouteProps{Service: new(RsclipModelService), Gateways: make([]GatewayListener, v)}).check().errs
		}, 1, 32},
		"hostnames": {func(c *check, v int) {
			names := make([]string, v)
			for i := range names {
				names[i] = fmt.Sprintf("host%d", i)
			}
			c.hostnames("hostnames", names)
		}, 0, 16},
		"replicas": {func(c *check, v int) { c.upTo("replicas", v, maxReplicas) }, 1, 1000},
	} {
		refused := func(v int) (is bool) {
			c := new(check)
			tt.check(c, v)
			for _, e := range c.errs {
				is = is || e.Field == field
			}
			return is
		}
		// A length below 0, and 0 where that means the default, cannot be tried.
		for v, want := range map[int]bool{tt.low: false, tt.high: false, tt.high + 1: true} {
			if refused(v) != want {
				t.Errorf("%s of %d: refused %v, want %v", field, v, !want, want)
			}
		}
		if tt.low > 1 && !refused(tt.low-1) {
			t.Errorf("%s of %d was accepted", field, tt.low-1)
		}
	}
}

func TestValuesOfNodeLabelsHaveAForm(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]int{"A100-SXM4": 0, "a b": 1, "": 1, strings.Repeat("x", 63): 0, strings.Repeat("x", 64): 1} {
		c := new(check)
		Scheduling{NodeLabels: map[string][]string{"pool": {"ok", value}}}.check(c)
		if len(c.errs) != want || want > 0 && c.errs[0].Field != "scheduling.nodeLabels.pool[1]" {
			t.Errorf("%q: %v, want %d errors", value, c.errs, want)
		}
	}
}

// TestWhatIsLeftToKubernetes renders what was asked for, and nothing more.
func TestWhatIsLeftToKubernetes(t *testing.T) {
	t.Parallel()
	var none, one k8s.DeploymentSpec
	Rollout{}.render(&none, 0)
	if none.MinReadySeconds != nil || none.RevisionHistoryLimit != nil || none.ProgressDeadlineSeconds != nil {
		t.Errorf("rendered %+v", none)
	}
	Rollout{MinReadySeconds: 1, RevisionHistoryLimit: 1}.render(&one, 0)
	if one.MinReadySeconds == nil || *one.MinReadySeconds != 1 || one.RevisionHistoryLimit == nil || *one.RevisionHistoryLimit != 1 {
		t.Errorf("rendered %+v", one)
	}
}

// TestManifestsNeedAPlace has files where folders, and folders where files, must
// be.
func TestManifestsNeedAPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, staging := filepath.Join(dir, "file"), filepath.Join(dir, "staging")
	blocked := filepath.Join(dir, "blocked")
	for _, folder := range []string{staging, filepath.Join(blocked, "a"+manifestExtension, "x")} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, place := range map[string][2]string{
		"making the output folder":  {filepath.Join(file, "out"), staging},
		"removing an old manifest":  {blocked, staging},
		"listing the new manifests": {filepath.Join(dir, "out"), filepath.Join(dir, "gone")},
		"reading a new manifest":    {filepath.Join(dir, "out"), blocked},
	} {
		if err := replaceManifests(place[0], place[1]); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}
