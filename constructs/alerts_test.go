package constructs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"sigs.k8s.io/yaml"

	"github.com/seed-74198975/rsclip/constructs"
)

// TestAlerts has promtool check the rules of manifests, and run them over the
// series of the tests. TestMonitoringManifest holds the manifests to what the
// construct makes.
func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatalf("%v: run `make setup`, or install the Debian package prometheus", err)
	}
	for name, cases := range map[string][]string{
		"monitoring-default": {"alerts"},
		"monitoring-full":    {"alerts", "availability", "latency", "refused", "health", "search", "searches"},
		"monitoring-pods":    nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			alerts := writeRules(t, filepath.Join("testdata", name+".golden.yaml"), filepath.Join(folder, "rules.yaml"))
			runs := [][]string{{"check", "rules", "--lint-fatal", "rules.yaml"}}
			var tests strings.Builder
			for _, c := range cases {
				file := c + ".test.yaml"
				data, err := os.ReadFile(filepath.Join("testdata", file))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(folder, file), data, 0o644); err != nil {
					t.Fatal(err)
				}
				tests.Write(data)
				runs = append(runs, []string{"test", "rules", file})
			}
			for _, args := range runs {
				t.Run(args[len(args)-1], func(t *testing.T) {
					t.Parallel()
					if testing.Short() && args[0] == "test" {
						t.Skip("-short leaves out promtool's tests of rules")
					}
					cmd := exec.Command(promtool, args...)
					cmd.Dir = folder
					if out, err := cmd.CombinedOutput(); err != nil {
						t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
					}
				})
			}
			if len(cases) > 0 {
				everyAlertTested(t, alerts, tests.String())
			}
		})
	}
}

// everyAlertTested asks for a case in which each alert fires and one in which
// it is silent.
func everyAlertTested(t *testing.T, alerts []string, tests string) {
	t.Helper()
	for _, alert := range alerts {
		var fires, silent bool
		for _, check := range strings.Split(tests, "alertname: ")[1:] {
			name, rest, _ := strings.Cut(check, "\n")
			if name != alert {
				continue
			}
			if strings.HasPrefix(strings.TrimSpace(rest), "exp_alerts:") {
				fires = true
			} else {
				silent = true
			}
		}
		if !fires || !silent {
			t.Errorf("%s: tested firing %v, silent %v: must be both", alert, fires, silent)
		}
	}
}

// writeRules takes the rule groups out of a PrometheusRule, for promtool reads
// groups and not Kubernetes objects, and returns the names of the alerts. It
// leaves the runbooks behind, so that cases need not repeat them.
func writeRules(t *testing.T, manifest, rules string) []string {
	t.Helper()
	data, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range strings.Split(string(data), "\n---\n") {
		var object struct {
			Kind string `json:"kind"`
			Spec struct {
				Groups []struct {
					Name  string           `json:"name"`
					Rules []map[string]any `json:"rules"`
				} `json:"groups"`
			} `json:"spec"`
		}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatal(err)
		}
		if object.Kind != "PrometheusRule" {
			continue
		}
		var alerts []string
		for _, group := range object.Spec.Groups {
			for _, rule := range group.Rules {
				alert, ok := rule["alert"].(string)
				if !ok {
					continue
				}
				alerts = append(alerts, alert)
				annotations := rule["annotations"].(map[string]any)
				if group.Name != "git-rscilp.rules" && group.Name != "scorer.rules" && annotations["runbook"] == nil {
					t.Errorf("%s has no runbook", alert)
				}
				delete(annotations, "runbook")
			}
		}
		groups, err := yaml.Marshal(object.Spec)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(rules, groups, 0o644); err != nil {
			t.Fatal(err)
		}
		slices.Sort(alerts)
		return slices.Compact(alerts)
	}
	t.Fatalf("no PrometheusRule in %s", manifest)
	return nil
}

// TestAlertsOfAnEngine has alerts on searches, and none on an index that the pods do
// not open.
func TestAlertsOfAnEngine(t *testing.T) {
	got := manifest(t, func(chart cdk8s.Chart) {
		service := constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{
			Index: constructs.SearchIndex{Engine: &constructs.SearchEngine{Address: "weaviate://git-rscilp-weaviate"}},
		})
		constructs.NewRsclipMonitoring(chart, "monitoring", &constructs.RsclipMonitoringProps{Service: service, Objectives: &constructs.Objectives{}, HealthAlerts: true})
	})
	for alert, want := range map[string]bool{"SearchFailing": true, "SearchBudgetBurn": true, "IndexNotLoaded": false, "IndexStale": false} {
		if strings.Contains(got, "alert: "+alert+"\n") != want {
			t.Errorf("%s is there: %v, want %v", alert, !want, want)
		}
	}
}
