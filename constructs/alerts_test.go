package constructs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestAlerts has promtool check the rules of the default manifest, and run them
// over the series of testdata/alerts.test.yaml. TestMonitoringManifest holds
// the manifest to what the construct makes.
func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatalf("%v: run `make setup`, or install the Debian package prometheus", err)
	}
	folder := t.TempDir()
	writeRules(t, filepath.Join("testdata", "monitoring-default.golden.yaml"), filepath.Join(folder, "rules.yaml"))
	cases, err := os.ReadFile(filepath.Join("testdata", "alerts.test.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "alerts.test.yaml"), cases, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", "rules", "--lint-fatal", "rules.yaml"}, {"test", "rules", "alerts.test.yaml"}} {
		cmd := exec.Command(promtool, args...)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// writeRules takes the rule groups out of a PrometheusRule, for promtool reads
// groups and not Kubernetes objects.
func writeRules(t *testing.T, manifest, rules string) {
	t.Helper()
	data, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range strings.Split(string(data), "\n---\n") {
		var object struct {
			Kind string         `json:"kind"`
			Spec map[string]any `json:"spec"`
		}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatal(err)
		}
		if object.Kind != "PrometheusRule" {
			continue
		}
		groups, err := yaml.Marshal(object.Spec)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(rules, groups, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("no PrometheusRule in %s", manifest)
}
