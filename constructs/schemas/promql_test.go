package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

// scrape is what the server answers at /metrics once it has seen one of
// everything; the server's own tests keep it true.
const scrape = "../../inference/server/testdata/metrics.txt"

// query is PromQL of a manifest.
type query struct{ place, expr string }

// TestPromQL has Prometheus' own parser read every query of the rules, the
// dashboards, KEDA's triggers and the adapter's configuration.
func TestPromQL(t *testing.T) {
	t.Parallel()
	queries, _ := queriesOf(t)
	for _, q := range queries {
		if _, err := parser.ParseExpr(q.expr); err != nil {
			t.Errorf("%s: %v\n%s", q.place, err, q.expr)
		}
	}
	kinds := map[string]int{}
	for _, q := range queries {
		kind, _, _ := strings.Cut(q.place, " ")
		kinds[kind]++
	}
	t.Logf("parsed %v", kinds)
	for _, kind := range []string{"rule", "panel", "variable", "adapter", "trigger"} {
		if kinds[kind] == 0 {
			t.Errorf("no query of a %s was found", kind)
		}
	}
}

// TestQueries holds what the library takes for PromQL, and what it refuses, to
// Prometheus' own parser.
func TestQueries(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../testdata/promql.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var queries struct{ Taken, Refused []string }
	if err := yaml.Unmarshal(data, &queries); err != nil || len(queries.Taken) == 0 || len(queries.Refused) == 0 {
		t.Fatal(err, queries)
	}
	for _, q := range queries.Taken {
		if _, err := parser.ParseExpr(q); err != nil {
			t.Errorf("taken: %q: %v", q, err)
		}
	}
	for _, q := range queries.Refused {
		if _, err := parser.ParseExpr(q); err == nil {
			t.Errorf("refused, though it is PromQL: %q", q)
		}
	}
}

// TestMetricNames holds every metric and label that a query asks for to what
// the server exports, what rules record, and what the cluster's own exporters
// are known for.
func TestMetricNames(t *testing.T) {
	t.Parallel()
	exported := exportedMetrics(t)
	queries, records := queriesOf(t)
	for _, q := range queries {
		expr, err := parser.ParseExpr(q.expr)
		if err != nil {
			continue // TestPromQL says so
		}
		if err := check(expr, exported, records); err != nil {
			t.Errorf("%s: %v\n%s", q.place, err, q.expr)
		}
	}
}

// TestRefusesMetrics proves that the check can fail.
func TestRefusesMetrics(t *testing.T) {
	t.Parallel()
	exported := metrics{"http_requests_total": {"status": {"200": true}}, "latency_bucket": {"le": {"0.2": true, "0.5": true}}}
	records := map[string]bool{"a:recorded": true}
	for expr, want := range map[string]string{
		`http_requests_total{status=~"5..",namespace="n",pod="p"}`: "",
		`a:recorded{service="s"}`:                                  "",
		`kube_pod_status_unschedulable{pod="p",uid="u"}`:           "",
		`up{service="s"} == 0`:                                     "",
		`DCGM_FI_DEV_GPU_UTIL{exported_pod!=""}`:                   "",
		`latency_bucket{le="0.2"}`:                                 "",
		`latency_bucket{le=~"0.5|0.50"}`:                           "",
		`http_request_total`:                                       "nobody exports http_request_total",
		`b:recorded`:                                               "nobody exports b:recorded",
		`{status="200"}`:                                           "names no metric",
		`http_requests_total{code="200"}`:                          "http_requests_total has no label code",
		`latency_bucket{le="0.25"}`:                                `latency_bucket has no bucket le="0.25"`,
		`sum by (status, pod) (rate(http_requests_total[5m]))`:     "",
		`sum by (code) (rate(http_requests_total[5m]))`:            "http_requests_total has no label code",
	} {
		parsed, err := parser.ParseExpr(expr)
		if err != nil {
			t.Fatal(err)
		}
		if got := check(parsed, exported, records); (want == "") != (got == nil) || got != nil && got.Error() != want {
			t.Errorf("%s: %v, want %q", expr, got, want)
		}
	}
}

// metrics are the values of the labels of series, by the series' names.
type metrics map[string]map[string]map[string]bool

// exportedMetrics reads the server's series; a histogram's are its buckets, sum
// and count.
func exportedMetrics(t *testing.T) metrics {
	t.Helper()
	file, err := os.Open(scrape)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	families, err := new(expfmt.TextParser).TextToMetricFamilies(file)
	if err != nil {
		t.Fatalf("%s: %v", scrape, err)
	}
	exported := metrics{}
	add := func(series, label, value string) {
		if exported[series] == nil {
			exported[series] = map[string]map[string]bool{}
		}
		if label == "" {
			return
		}
		if exported[series][label] == nil {
			exported[series][label] = map[string]bool{}
		}
		exported[series][label][value] = true
	}
	for name, family := range families {
		for _, metric := range family.GetMetric() {
			series := []string{name}
			if histogram := metric.GetHistogram(); histogram != nil {
				series = []string{name + "_bucket", name + "_sum", name + "_count"}
				for _, bucket := range histogram.GetBucket() {
					add(series[0], labels.BucketLabel, fmt.Sprint(bucket.GetUpperBound()))
				}
			}
			for _, s := range series {
				add(s, "", "")
				for _, pair := range metric.GetLabel() {
					add(s, pair.GetName(), pair.GetValue())
				}
			}
		}
	}
	return exported
}

// foreign are the metrics of others: kube-state-metrics', Prometheus' own, those
// of NVIDIA's exporter, and those of which the tests' and examples' own queries
// ask. Their labels are not checked.
var foreign = regexp.MustCompile(`^(kube_.+|up|DCGM_.+|envoy_.+|rabbitmq_.+)$`)

// targetLabels are those that Prometheus gives every series of a target.
var targetLabels = []string{labels.MetricName, "namespace", "service", "pod", "container", "endpoint", "instance", "job"}

// check says what an expression asks for that nobody exports.
func check(expr parser.Expr, exported metrics, records map[string]bool) error {
	var errs []error
	parser.Inspect(expr, func(node parser.Node, path []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		asked := slices.Clone(selector.LabelMatchers)
		for _, parent := range path {
			if aggregate, ok := parent.(*parser.AggregateExpr); ok && !aggregate.Without {
				for _, label := range aggregate.Grouping {
					asked = append(asked, labels.MustNewMatcher(labels.MatchRegexp, label, ".*"))
				}
			}
		}
		errs = append(errs, known(selector.Name, asked, exported, records))
		return nil
	})
	return errors.Join(errs...)
}

// known says what of a selector nobody exports: the series, or one of its labels.
func known(name string, asked []*labels.Matcher, exported metrics, records map[string]bool) error {
	series, ok := exported[name]
	switch {
	case name == "":
		return errors.New("names no metric")
	case foreign.MatchString(name) || records[name]:
		return nil
	case !ok:
		return fmt.Errorf("nobody exports %s", name)
	}
	for _, matcher := range asked {
		if slices.Contains(targetLabels, matcher.Name) {
			continue
		}
		values, ok := series[matcher.Name]
		if !ok {
			return fmt.Errorf("%s has no label %s", name, matcher.Name)
		}
		// Of other labels the scrape need not have seen every value.
		if matcher.Name == labels.BucketLabel && !slices.ContainsFunc(slices.Collect(maps.Keys(values)), matcher.Matches) {
			return fmt.Errorf("%s has no bucket %s", name, matcher)
		}
	}
	return nil
}

// grafana are the variables of dashboards that stand where the parser wants a
// duration; all others stand in strings.
var grafana = strings.NewReplacer("$__rate_interval", "5m", "$__interval", "1m", "$__range", "1h")

// adapter fills the places of a rule of prometheus-adapter, as it would for a
// metric of pods.
func adapter(seriesQuery string) *strings.Replacer {
	series, _, _ := strings.Cut(seriesQuery, "{")
	return strings.NewReplacer("<<.Series>>", series, "<<.LabelMatchers>>", `namespace="n",pod=~"a|b"`, "<<.GroupBy>>", "pod")
}

// labelValues is Grafana's query for the values of a label.
var labelValues = regexp.MustCompile(`^label_values\((.*), *\w+\)$`)

// queriesOf returns the queries of all manifests, and the names that rules record.
func queriesOf(t *testing.T) (queries []query, records map[string]bool) {
	t.Helper()
	records = map[string]bool{}
	for name, document := range documents(t) {
		var object struct {
			Kind     string
			Metadata struct {
				Name   string
				Labels map[string]string
			}
			Data map[string]string
			Spec struct {
				Groups []struct {
					Rules []struct{ Record, Alert, Expr string }
				}
				Triggers []struct {
					Name     string
					Metadata struct{ Query string }
				}
			}
		}
		var kind struct{ Kind string }
		if err := yaml.Unmarshal(document, &kind); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if kind.Kind != "PrometheusRule" && kind.Kind != "ConfigMap" && kind.Kind != "ScaledObject" {
			continue
		}
		if err := yaml.Unmarshal(document, &object); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, group := range object.Spec.Groups {
			for _, rule := range group.Rules {
				queries = append(queries, query{fmt.Sprintf("rule %s%s in %s", rule.Record, rule.Alert, name), rule.Expr})
				if rule.Record != "" {
					records[rule.Record] = true
				}
			}
		}
		for _, trigger := range object.Spec.Triggers {
			if trigger.Metadata.Query != "" {
				queries = append(queries, query{fmt.Sprintf("trigger %s in %s", trigger.Name, name), trigger.Metadata.Query})
			}
		}
		if object.Metadata.Labels["grafana_dashboard"] != "" {
			for _, dashboard := range object.Data {
				queries = append(queries, dashboardQueries(t, name, dashboard)...)
			}
		}
		if config := object.Data["config.yaml"]; strings.HasSuffix(object.Metadata.Name, "-adapter-rules") {
			queries = append(queries, adapterQueries(t, name, config)...)
		}
	}
	return queries, records
}

func dashboardQueries(t *testing.T, name, dashboard string) (queries []query) {
	t.Helper()
	var d struct {
		Templating struct {
			List []struct{ Name, Type, Query string }
		}
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(dashboard), &d); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, variable := range d.Templating.List {
		if variable.Type != "query" {
			continue
		}
		match := labelValues.FindStringSubmatch(variable.Query)
		if match == nil {
			t.Errorf("%s: the variable %s is not label_values: %s", name, variable.Name, variable.Query)
			continue
		}
		queries = append(queries, query{fmt.Sprintf("variable %s in %s", variable.Name, name), match[1]})
	}
	for _, panel := range d.Panels {
		for _, target := range panel.Targets {
			queries = append(queries, query{fmt.Sprintf("panel %s in %s", panel.Title, name), grafana.Replace(target.Expr)})
		}
	}
	return queries
}

func adapterQueries(t *testing.T, name, config string) (queries []query) {
	t.Helper()
	type rule struct{ SeriesQuery, MetricsQuery string }
	var c struct{ Rules, ExternalRules []rule }
	if err := yaml.Unmarshal([]byte(config), &c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, rule := range append(c.Rules, c.ExternalRules...) {
		place := fmt.Sprintf("adapter rule of %s in %s", rule.SeriesQuery, name)
		queries = append(queries, query{place, rule.SeriesQuery}, query{place, adapter(rule.SeriesQuery).Replace(rule.MetricsQuery)})
	}
	return queries
}
