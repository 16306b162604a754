package constructs

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// autoscalingPage has a row for each signal.
const autoscalingPage = "../docs/autoscaling.md"

// row is what the page says of a signal. TestPages, of the app, holds it to the
// manifests.
func (s signal) row() string {
	return fmt.Sprintf("| `%s: %s` | %s | prometheus-adapter: `name: %s` | Prometheus: `%s` |", s.field, number(s.example), s.wanted, s.metric, s.series)
}

// TestEverySignal holds each entry of the table to what must follow from it, so
// that one more signal is one more entry. With -update it writes the page's rows.
func TestEverySignal(t *testing.T) {
	t.Parallel()
	service := (&RsclipModelServiceProps{}).withDefaults(nil)
	fields, metrics := map[string]bool{}, map[string]bool{wakeTrigger: true}
	for _, s := range signals {
		t.Run(s.field, func(t *testing.T) {
			var p GpuAutoscalerProps
			if err := json.Unmarshal(fmt.Appendf(nil, `{%q: %v}`, s.field, s.example), &p); err != nil {
				t.Fatal(err)
			}
			if got := s.target(p); got != s.example || len(p.podSignals()) != 1 {
				t.Errorf("the prop %s is not the target: it is %v, want %v", s.field, got, s.example)
			}
			p.Service = &RsclipModelService{props: service}
			if errs := p.withDefaults(); len(errs.check().errs) > 0 {
				t.Errorf("the page's example is refused: %v", errs.check().errs)
			}
			if metrics[s.metric] {
				t.Errorf("the name %s is another's", s.metric)
			}
			fields[s.field], metrics[s.metric] = true, true

			query := s.adapterQuery(t)
			for _, place := range []string{"<<.GroupBy>>", "<<.LabelMatchers>>", "[90s]"} {
				if !strings.Contains(query, place) {
					t.Errorf("the adapter's query has no %s: %s", place, query)
				}
			}
			total := s.total(service, 90)
			for _, part := range []string{`namespace="git-rscilp"`, "[90s]", s.series[:strings.LastIndex(s.series, "_")]} {
				if !strings.Contains(total, part) {
					t.Errorf("the trigger's query has no %s: %s", part, total)
				}
			}
			if left := regexp.MustCompile(`<\w+>`).FindString(strings.NewReplacer("<<", "", ">>", "").Replace(query) + total); left != "" {
				t.Errorf("the place %s is filled by nothing", left)
			}
		})
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[GpuAutoscalerProps]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Type.Kind() == reflect.Float64 && !fields[name] {
			t.Errorf("the prop %s has no signal", field.Name)
		}
	}
}

// adapterQuery is the query of a signal's rule, which must give it its name.
func (s signal) adapterQuery(t *testing.T) string {
	t.Helper()
	var rules []struct {
		SeriesQuery, MetricsQuery string
		Name                      struct{ Matches, As string }
	}
	if err := yaml.Unmarshal([]byte(s.adapterRule(90)), &rules); err != nil || len(rules) != 1 {
		t.Fatalf("%d rules, %v:\n%s", len(rules), err, s.adapterRule(90))
	}
	r := rules[0]
	if r.Name.As != s.metric || r.Name.Matches != "^"+s.series+"$" || !strings.HasPrefix(r.SeriesQuery, s.series+"{") {
		t.Errorf("the adapter makes no %s of %s: %+v", s.metric, s.series, r)
	}
	return r.MetricsQuery
}

// TestSignalRows holds the rows of the page to the table.
func TestSignalRows(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(autoscalingPage)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, s := range signals {
		want.WriteString(s.row() + "\n")
	}
	rows := regexp.MustCompile("(?m)(^\\| `\\w+: [0-9.]+` \\|.*\\| prometheus-adapter: .*\n)+")
	got := rows.FindString(string(data))
	if got == want.String() {
		return
	}
	if f := flag.Lookup("update"); got == "" || f.Value.String() != "true" {
		t.Fatalf("%s is stale: run `go test ./constructs -update`; its rows are\n%s, must be\n%s", autoscalingPage, got, want.String())
	}
	if err := os.WriteFile(autoscalingPage, []byte(strings.Replace(string(data), got, want.String(), 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}
