package constructs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// TestSignals has promtool run the queries of the autoscalers' manifests over
// the series of the test. TestAutoscalerManifest holds the manifests to what the
// construct makes.
func TestSignals(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatalf("%v: run `make setup`, or install the Debian package prometheus", err)
	}
	test, err := os.ReadFile("testdata/signals.test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	queries := signalQueries(t, "autoscaler-keda", "autoscaler-signals", "autoscaler-queue")
	filled := regexp.MustCompile(`\$(TRIGGER|RULE)\((\w+)\)`).ReplaceAllStringFunc(string(test), func(place string) string {
		if queries[place] == "" {
			t.Errorf("no manifest has %s", place)
		}
		return "'" + queries[place] + "'"
	})
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "signals.yaml"), []byte(filled), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(promtool, "test", "rules", "signals.yaml")
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// signalQueries returns the queries of manifests by their places in the test.
func signalQueries(t *testing.T, manifests ...string) map[string]string {
	t.Helper()
	queries := map[string]string{}
	for _, manifest := range manifests {
		data, err := os.ReadFile(filepath.Join("testdata", manifest+".golden.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range strings.Split(string(data), "\n---\n") {
			if !strings.Contains(document, "kind: ConfigMap") && !strings.Contains(document, "kind: ScaledObject") {
				continue
			}
			var object struct {
				Data map[string]string
				Spec struct {
					Triggers []struct {
						Name     string
						Metadata struct{ Query string }
					}
				}
			}
			if err := yaml.Unmarshal([]byte(document), &object); err != nil {
				t.Fatal(err)
			}
			for _, trigger := range object.Spec.Triggers {
				queries["$TRIGGER("+trigger.Name+")"] = trigger.Metadata.Query
			}
			addRules(t, queries, object.Data["config.yaml"])
		}
	}
	return queries
}

// addRules fills the places of prometheus-adapter's rules, as it would for the
// pods of a namespace.
func addRules(t *testing.T, queries map[string]string, config string) {
	t.Helper()
	var c struct {
		Rules []struct {
			SeriesQuery, MetricsQuery string
			Resources                 struct {
				Overrides map[string]struct{ Resource string }
			}
			Name struct{ As string }
		}
	}
	if err := yaml.Unmarshal([]byte(config), &c); err != nil {
		t.Fatal(err)
	}
	for _, rule := range c.Rules {
		series, _, _ := strings.Cut(rule.SeriesQuery, "{")
		labels := map[string]string{}
		for label, override := range rule.Resources.Overrides {
			labels[override.Resource] = label
		}
		name := rule.Name.As
		if name == "" {
			name = series
		}
		queries["$RULE("+name+")"] = strings.NewReplacer(
			"<<.Series>>", series, "<<.GroupBy>>", labels["pod"],
			"<<.LabelMatchers>>", labels["namespace"]+`="git-rscilp",`+labels["pod"]+`=~"a|b|git-rscilp-deployment-abc-x"`,
		).Replace(rule.MetricsQuery)
	}
}
