package constructs_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"text/template"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/seed-74198975/rsclip/constructs"
)

// TestSignals has promtool run the queries of every signal over the series of the
// test.
func TestSignals(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Fatalf("%v: run `make setup`, or install the Debian package prometheus", err)
	}
	test, err := os.ReadFile("testdata/signals.test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	queries, run := signalQueries(t), map[string]bool{}
	filled := regexp.MustCompile(`\$(TRIGGER|RULE)\((\w+)\)`).ReplaceAllStringFunc(string(test), func(place string) string {
		if run[place] = true; queries[place] == "" {
			t.Errorf("no manifest has %s", place)
		}
		return "'" + queries[place] + "'"
	})
	for place := range queries {
		if !run[place] {
			t.Errorf("testdata/signals.test.yaml does not run %s", place)
		}
	}
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

// signalQueries returns the queries of both engines' manifests with every signal
// set, by their places in the test.
func signalQueries(t *testing.T) map[string]string {
	t.Helper()
	every, err := json.Marshal(constructs.SignalExamples())
	if err != nil {
		t.Fatal(err)
	}
	queries := map[string]string{}
	for _, engine := range []constructs.Engine{constructs.HPA, constructs.Keda} {
		props := constructs.GpuAutoscalerProps{Engine: engine}
		if err := json.Unmarshal(every, &props); err != nil {
			t.Fatal(err)
		}
		for _, document := range strings.Split(manifest(t, func(chart cdk8s.Chart) {
			props.Service = constructs.NewRsclipModelService(chart, "service", nil)
			constructs.NewGpuAutoscaler(chart, "autoscaler", &props)
		}), "\n---\n") {
			var object struct {
				Data map[string]string
				Spec struct {
					Triggers []struct {
						Name     string
						Metadata struct{ Query string }
					}
				}
			}
			if !strings.Contains(document, "kind: ConfigMap") && !strings.Contains(document, "kind: ScaledObject") {
				continue // Of other objects the fields are of other types.
			}
			if err := yaml.Unmarshal([]byte(document), &object); err != nil {
				t.Fatal(err)
			}
			for _, trigger := range object.Spec.Triggers {
				if trigger.Metadata.Query != "" {
					queries["$TRIGGER("+trigger.Name+")"] = trigger.Metadata.Query
				}
			}
			if rules := object.Data["config.yaml"]; rules != "" {
				addRules(t, queries, rules)
			}
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
			MetricsQuery string
			Resources    struct {
				Overrides map[string]struct{ Resource string }
			}
			Name struct{ As string }
		}
	}
	if err := yaml.Unmarshal([]byte(config), &c); err != nil {
		t.Fatal(err)
	}
	for _, rule := range c.Rules {
		labels := map[string]string{}
		for label, override := range rule.Resources.Overrides {
			labels[override.Resource] = label
		}
		queries["$RULE("+rule.Name.As+")"] = strings.NewReplacer(
			"<<.GroupBy>>", labels["pod"],
			"<<.LabelMatchers>>", labels["namespace"]+`="git-rscilp",`+labels["pod"]+`=~"a|b|git-rscilp-deployment-abc-x"`,
		).Replace(rule.MetricsQuery)
	}
}

// TestCustomQueries has the adapter's rules give back the queries that they were
// made of, as the adapter reads them: YAML, and then a template.
func TestCustomQueries(t *testing.T) {
	data, err := os.ReadFile("testdata/promql.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var queries struct{ Taken []string }
	if err := yaml.Unmarshal(data, &queries); err != nil {
		t.Fatal(err)
	}
	props := constructs.GpuAutoscalerProps{}
	for i, query := range queries.Taken {
		props.Custom = append(props.Custom, constructs.CustomSignal{Name: fmt.Sprintf("q%d", i), Query: query, Target: 1})
	}
	props.Service = constructs.NewRsclipModelService(newChart(), "service", nil)
	object := constructs.NewGpuAutoscaler(newChart(), "autoscaler", &props).AdapterRules.ToJson().(map[string]any)
	var config struct {
		ExternalRules []struct{ MetricsQuery string }
	}
	if err := yaml.Unmarshal([]byte(object["data"].(map[string]any)["config.yaml"].(string)), &config); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, rule := range config.ExternalRules {
		var b strings.Builder
		query, err := template.New("").Delims("<<", ">>").Parse(rule.MetricsQuery)
		if err != nil {
			t.Fatalf("%q: %v", rule.MetricsQuery, err)
		}
		if err := query.Execute(&b, struct{ Series string }{"up"}); err != nil {
			t.Fatal(err)
		}
		got = append(got, b.String())
	}
	if diff := cmp.Diff(queries.Taken, got); diff != "" {
		t.Errorf("(-asked +adapter):\n%s", diff)
	}
}
