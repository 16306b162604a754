package constructs_test

import (
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

func TestMonitoringManifest(t *testing.T) {
	tests := []struct {
		name    string
		service constructs.RsclipModelServiceProps
		props   constructs.RsclipMonitoringProps
	}{
		{"monitoring-default", constructs.RsclipModelServiceProps{}, constructs.RsclipMonitoringProps{}},
		{"monitoring-custom", constructs.RsclipModelServiceProps{Name: "scorer", Namespace: "vision"}, constructs.RsclipMonitoringProps{
			Labels:         map[string]string{"release": "prometheus", "example.com/team": "vision"},
			ScrapeInterval: "1m15s", MaxErrorRatio: 0.001, MaxLatencySeconds: 0.2,
		}},
		{"monitoring-full", constructs.RsclipModelServiceProps{Index: constructs.SearchIndex{Claim: constructs.ClaimFolder{Name: "archive"}}}, constructs.RsclipMonitoringProps{
			Objectives: &constructs.Objectives{}, HealthAlerts: true, MaxIndexAgeHours: 36, Dashboard: true,
		}},
		{"monitoring-pods", constructs.RsclipModelServiceProps{Name: "scorer", Namespace: "vision", Model: config.Model{Device: config.CPU}}, constructs.RsclipMonitoringProps{
			Labels: map[string]string{"release": "prometheus"}, PodMonitor: true, HealthAlerts: true, Dashboard: true,
			Objectives: &constructs.Objectives{Availability: 0.9995, Latency: 0.99, LatencySeconds: 1},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := manifest(t, func(chart cdk8s.Chart) {
				other := cdk8s.NewChart(cdk8s.App_Of(chart), new("service"), nil)
				chart.AddDependency(other)
				tt.props.Service = constructs.NewRsclipModelService(other, "service", &tt.service)
				constructs.NewRsclipMonitoring(chart, "monitoring", &tt.props)
			})
			golden(t, tt.name, after(t, got, "type: LoadBalancer\n---\n"))
		})
	}
}

// TestScrapes has Prometheus ask the port of the metrics, in the way it speaks.
func TestScrapes(t *testing.T) {
	tls := constructs.TLSSecret{SecretName: "certificate"}
	signed := constructs.TLSSecret{SecretName: "certificate", AuthorityKey: "ca.crt"}
	tests := []struct {
		name         string
		service      constructs.RsclipModelServiceProps
		inEither     string // in a ServiceMonitor and in a PodMonitor
		serviceAlone string
		podAlone     string
	}{
		{"plain", constructs.RsclipModelServiceProps{}, "", "port: http", "portNumber: 8080"},
		{"its own port", constructs.RsclipModelServiceProps{TLS: tls, App: config.App{Server: config.Server{MetricsPort: 9090}}}, "", "targetPort: 9090", "portNumber: 9090"},
		{
			"any certificate",
			constructs.RsclipModelServiceProps{TLS: tls},
			"scheme: https\n      tlsConfig:\n        insecureSkipVerify: true", "port: http", "portNumber: 8080",
		},
		{
			"a signed certificate",
			constructs.RsclipModelServiceProps{TLS: signed},
			"scheme: https\n      tlsConfig:\n        ca:\n          secret:\n            key: ca.crt\n            name: certificate\n        serverName: git-rscilp-service.git-rscilp.svc",
			"port: http", "portNumber: 8080",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for kind, want := range map[string]string{"ServiceMonitor": tt.serviceAlone, "PodMonitor": tt.podAlone} {
				got := manifest(t, func(chart cdk8s.Chart) {
					service := constructs.NewRsclipModelService(chart, "service", &tt.service)
					constructs.NewRsclipMonitoring(chart, "monitoring", &constructs.RsclipMonitoringProps{Service: service, PodMonitor: kind == "PodMonitor"})
				})
				got, _, _ = strings.Cut(after(t, got, "kind: "+kind+"\n"), "\n---\n")
				if !strings.Contains(got, want) || !strings.Contains(got, tt.inEither) {
					t.Errorf("%s lacks %q or %q:\n%s", kind, want, tt.inEither, got)
				}
				if tt.inEither == "" && (strings.Contains(got, "scheme") || strings.Contains(got, "tlsConfig")) {
					t.Errorf("%s scrapes by TLS:\n%s", kind, got)
				}
			}
		})
	}
}

func TestMonitoringRefuses(t *testing.T) {
	type props = constructs.RsclipMonitoringProps
	relabel := func(pairs ...string) props {
		step := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			step[pairs[i]] = pairs[i+1]
		}
		return props{MetricRelabelings: []map[string]any{step}}
	}
	tests := []struct {
		name  string
		props props
		want  []string
	}{
		{"label key", props{Labels: map[string]string{"-x": "y"}}, []string{`RsclipMonitoring "bad"`, `labels is "-x": must be a label's key`}},
		{"label value", props{Labels: map[string]string{"release": "a b"}}, []string{`labels.release is "a b"`}},
		{"interval without a unit", props{ScrapeInterval: "30"}, []string{`scrapeInterval is "30": must be a duration`, "30s"}},
		{"interval of zero", props{ScrapeInterval: "0s"}, []string{"scrapeInterval"}},
		{"interval of too few scrapes", props{ScrapeInterval: "1m16s"}, []string{`scrapeInterval is "1m16s": must be at most 75s, of which four fit into the 300 s that rules look at`}},
		{"alert label", props{AlertLabels: map[string]string{"a-b": "c"}}, []string{`alertLabels is "a-b": must be a label's name in Prometheus`}},
		{"alert label of Prometheus' own", props{AlertLabels: map[string]string{"__a": "c"}}, []string{"alertLabels"}},
		{"alert's name", props{AlertLabels: map[string]string{"alertname": "c"}}, []string{`alertLabels.alertname is "c": must be left out`}},
		{"action misspelt", relabel("action", "labelldrop", "regex", "a"), []string{`metricRelabelings[0].action is "labelldrop": must be one of drop, dropequal,`}},
		{"relabelings of targets", props{Relabelings: []map[string]any{{"action": "labeldrop"}}}, []string{`relabelings[0].regex is "": must be set for the action labeldrop`}},
		{"drop of everything", relabel("action", "drop"), []string{"metricRelabelings[0].sourceLabels", "metricRelabelings[0].regex"}},
		{"replacement of nothing", relabel("replacement", "x"), []string{`metricRelabelings[0].targetLabel is "": must be set for the action replace`}},
		{"field misspelt", relabel("action", "keep", "source_labels", "x"), []string{`metricRelabelings[0] is "unknown field \"source_labels\""`}},
		{"field of another type", relabel("action", "keep", "sourceLabels", "x"), []string{"metricRelabelings[0]", "write them as the Prometheus Operator has them"}},
		{"regex", relabel("action", "labeldrop", "regex", "("), []string{`metricRelabelings[0].regex is "(": must be a regular expression of Go`}},
		{"label that rules need", relabel("action", "LabelDrop", "regex", "service|x"), []string{"one that leaves the label service"}},
		{"label that rules need not kept", relabel("action", "labelkeep", "regex", "service|pod"), []string{"one that leaves the label namespace"}},
		{"ratio in percent", props{MaxErrorRatio: 5}, []string{`maxErrorRatio is "5"`, "write 5 % as 0.05"}},
		{"ratio not a number", props{MaxErrorRatio: math.NaN()}, []string{"maxErrorRatio"}},
		{"latency in milliseconds", props{MaxLatencySeconds: 500}, []string{`maxLatencySeconds is "500"`, "write 500 ms as 0.5"}},
		{"availability in percent", props{Objectives: &constructs.Objectives{Availability: 99}}, []string{`objectives.availability is "99"`, "write 99 % as 0.99"}},
		{"availability of all", props{Objectives: &constructs.Objectives{Availability: 1}}, []string{"objectives.availability", "below 1"}},
		{"latency that no alert could miss", props{Objectives: &constructs.Objectives{Latency: 0.9}}, []string{`objectives.latency is "0.9"`, "at least 0.94"}},
		{"objective not a number", props{Objectives: &constructs.Objectives{Latency: math.NaN()}}, []string{"objectives.latency"}},
		{"latency between bounds", props{Objectives: &constructs.Objectives{LatencySeconds: 0.25}}, []string{`objectives.latencySeconds is "0.25"`, "0.2, 0.3", "200 ms is 0.2"}},
		{"search objective in percent", props{Objectives: &constructs.Objectives{Search: 95}}, []string{`objectives.search is "95"`}},
		{"search latency between bounds", props{Objectives: &constructs.Objectives{SearchSeconds: 0.4}}, []string{`objectives.searchSeconds is "0.4"`, "0.3, 0.5"}},
		{"age of no index", props{MaxIndexAgeHours: 36}, []string{`maxIndexAgeHours is "36"`, "without an index"}},
		{"negative age", props{MaxIndexAgeHours: -1}, []string{`maxIndexAgeHours is "-1": must be more than 0`}},
		{"negative latency", props{MaxLatencySeconds: -0.5}, []string{"maxLatencySeconds"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
				tt.props.Service = constructs.NewRsclipModelService(chart, "service", nil)
				constructs.NewRsclipMonitoring(chart, "bad", &tt.props)
			}), tt.want)
		})
	}
	t.Run("no service", func(t *testing.T) {
		refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
			constructs.NewRsclipMonitoring(chart, "bad", nil)
		}), []string{"pass what NewRsclipModelService returned"})
	})
}

// TestLatencyBounds has the objective take every bound of the histogram that
// the server exports.
func TestLatencyBounds(t *testing.T) {
	scrape, err := os.ReadFile(filepath.Join("..", "inference", "server", "testdata", "metrics.txt"))
	if err != nil {
		t.Fatal(err)
	}
	bounds := map[float64]bool{}
	for _, match := range regexp.MustCompile(`(?m)^http_request_duration_seconds_bucket\{.*le="([0-9.]+)"`).FindAllStringSubmatch(string(scrape), -1) {
		bound, err := strconv.ParseFloat(match[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		bounds[bound] = true
	}
	if len(bounds) == 0 {
		t.Fatal("the scrape has no http_request_duration_seconds_bucket")
	}
	chart := newChart()
	service := constructs.NewRsclipModelService(chart, "service", nil)
	for bound := range bounds {
		constructs.NewRsclipMonitoring(newChart(), "monitoring", &constructs.RsclipMonitoringProps{
			Service: service, Objectives: &constructs.Objectives{LatencySeconds: bound},
		})
	}
}

// TestFourScrapes has the autoscaler's signals look at four scrapes, whichever of the two
// is made first.
func TestFourScrapes(t *testing.T) {
	for i, tt := range []struct {
		interval string
		scaler   constructs.GpuAutoscalerProps
		refused  string
	}{
		{"15s", constructs.GpuAutoscalerProps{QueueSeconds: 1, RateSeconds: 60}, ""},
		{"16s", constructs.GpuAutoscalerProps{QueueSeconds: 1, RateSeconds: 60}, "60"},
		{"31s", constructs.GpuAutoscalerProps{RequestsInFlight: 1}, "120"},
		{"1m", constructs.GpuAutoscalerProps{GPUUtilization: 50, RateSeconds: 60}, ""}, // another scrapes the exporter
		{"1m", constructs.GpuAutoscalerProps{RateSeconds: 60}, ""},                     // follows the CPU
	} {
		for _, scalerFirst := range []bool{true, false} {
			build := func(chart cdk8s.Chart) {
				service := constructs.NewRsclipModelService(chart, "service", nil)
				tt.scaler.Service = service
				scale := func() { constructs.NewGpuAutoscaler(chart, "autoscaler", &tt.scaler) }
				if scalerFirst {
					scale()
				}
				constructs.NewRsclipMonitoring(chart, "monitoring", &constructs.RsclipMonitoringProps{Service: service, ScrapeInterval: tt.interval})
				if !scalerFirst {
					scale()
				}
			}
			if tt.refused == "" {
				build(newChart())
				continue
			}
			err := refusal(t, build)
			if len(err.Fields) != 1 {
				t.Errorf("%d: %v", i, err)
			}
			refusedFor(t, err, []string{tt.refused, "scrapeInterval", "rateSeconds", tt.interval})
		}
	}
}
