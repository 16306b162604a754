package constructs

import (
	"maps"
	"net/url"
	"slices"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/imports/monitoringcoreoscom"
)

// RsclipMonitoringProps configures [NewRsclipMonitoring].
type RsclipMonitoringProps struct {
	// Service is what to watch. Required.
	Service *RsclipModelService `json:"-"`
	// Labels are put on the ServiceMonitor or PodMonitor and the PrometheusRule,
	// for a Prometheus that selects by them: often {"release": "..."}. Default
	// none.
	Labels map[string]string `json:"labels,omitempty"`
	// ScrapeInterval is the time between two scrapes, at most 75s: rules look at five
	// minutes, and the autoscaler's signals at its RateSeconds, which must hold four.
	// Default "30s".
	ScrapeInterval string `json:"scrapeInterval,omitempty"`
	// ScrapeTimeout is how long a scrape waits, at most the interval. Default
	// Prometheus' own, often "10s".
	ScrapeTimeout string `json:"scrapeTimeout,omitempty"`
	// Relabelings change the labels of the target before it is scraped, as the
	// Prometheus Operator has them. Keep namespace, pod and service. Default none.
	Relabelings []map[string]any `json:"relabelings,omitempty"`
	// MetricRelabelings change or drop series after a scrape. Default none.
	MetricRelabelings []map[string]any `json:"metricRelabelings,omitempty"`
	// AlertLabels are put on every alert, such as {"team": "vision"}. Default none.
	AlertLabels map[string]string `json:"alertLabels,omitempty"`
	// RunbookURL is the address of a page with a heading for each alert, which
	// every alert links to as runbook_url, with "#" and its name in small letters.
	// Default none.
	RunbookURL string `json:"runbookURL,omitempty"`
	// PodMonitor says that pods are found by their label with a PodMonitor,
	// whether a Service selects them or not, by a Prometheus Operator of 0.79 or
	// newer. Default false: with a ServiceMonitor, by the Service. The series are
	// the same either way.
	PodMonitor bool `json:"podMonitor,omitempty"`
	// MaxErrorRatio is the ratio of requests answered with 5xx, 0 to 1, above
	// which HighErrorRate fires. Default 0.05.
	MaxErrorRatio float64 `json:"maxErrorRatio,omitempty" zero:"above 0 and below 1"`
	// MaxLatencySeconds is the 95th percentile of the request duration above
	// which HighLatency fires; a bound of the histogram's buckets is measured
	// exactly. Default 0.5.
	MaxLatencySeconds float64 `json:"maxLatencySeconds,omitempty" zero:"above 0 and at most 30"`
	// Objectives adds recording rules and, over several windows, alerts on the
	// rate at which the budgets of an availability and a latency objective are
	// spent. Default none: HighErrorRate and HighLatency alone. An empty mapping
	// is 99 % without an error, and 95 % within 0.2 s.
	Objectives *Objectives `json:"objectives,omitempty"`
	// HealthAlerts adds alerts on targets that are missing, queues and GPUs'
	// memory that are nearly full, an autoscaler at its maximum, and pods that
	// restart or find no node. The last three need kube-state-metrics. If the service
	// has an index, also on searches that fail, and on an index that cannot be loaded.
	// Default false.
	HealthAlerts bool `json:"healthAlerts,omitempty"`
	// MaxIndexAgeHours adds an alert on an index to which nothing was added for so many
	// hours. Default none.
	MaxIndexAgeHours float64 `json:"maxIndexAgeHours,omitempty" zero:"above 0"`
	// Dashboard adds a ConfigMap with a dashboard, labelled
	// grafana_dashboard: "1" for the sidecar of Grafana's chart, which must look
	// at this namespace. Default false.
	Dashboard bool `json:"dashboard,omitempty"`
}

// RsclipMonitoring watches one service. Its fields are the objects that it
// made, for reference and for patches.
type RsclipMonitoring struct {
	constructs.Construct

	ServiceMonitor cdk8s.ApiObject // nil where a PodMonitor is asked for
	PodMonitor     cdk8s.ApiObject // nil where none is asked for
	PrometheusRule cdk8s.ApiObject
	Dashboard      cdk8s.ApiObject // nil where none is asked for
}

// NewRsclipMonitoring has the Prometheus Operator scrape a service and alert on
// its errors and latency, and on what else the props ask for. It panics with a
// [PropsError] where props cannot be deployed.
func NewRsclipMonitoring(scope constructs.Construct, id string, props *RsclipMonitoringProps) *RsclipMonitoring {
	p := props.withDefaults()
	p.check().must("RsclipMonitoring", id)

	m := &RsclipMonitoring{Construct: constructs.NewConstruct(scope, &id)}
	p.Service.scrapeInterval = p.ScrapeInterval
	service := p.Service.props
	if p.PodMonitor {
		m.PodMonitor = p.newPodMonitor(m.Construct)
	} else {
		m.ServiceMonitor = newObject(m.Construct, "ServiceMonitor", service, p.scraping("endpoints", monitoringcoreoscom.ServiceMonitor_Manifest(&monitoringcoreoscom.ServiceMonitorProps{
			Metadata: p.metadata("-monitor"),
			Spec: &monitoringcoreoscom.ServiceMonitorSpec{
				Selector:  &monitoringcoreoscom.ServiceMonitorSpecSelector{MatchLabels: service.labels()},
				Endpoints: &[]*monitoringcoreoscom.ServiceMonitorSpecEndpoints{p.serviceEndpoint()},
			},
		})))
	}
	m.PrometheusRule = newObject(m.Construct, "PrometheusRule", service, monitoringcoreoscom.PrometheusRule_Manifest(&monitoringcoreoscom.PrometheusRuleProps{
		Metadata: p.metadata("-alerts"),
		Spec:     &monitoringcoreoscom.PrometheusRuleSpec{Groups: p.renderGroups(service.Name, p.groups())},
	}))
	if p.Dashboard {
		metadata := service.metadata("-dashboard")
		metadata.Labels = &map[string]*string{dashboardLabel: new("1")}
		m.Dashboard = newObject(m.Construct, "Dashboard", service, k8s.KubeConfigMap_Manifest(&k8s.KubeConfigMapProps{
			Metadata: metadata,
			Data:     &map[string]*string{service.Name + ".json": new(p.dashboard())},
		}))
	}
	return m
}

func (p *RsclipMonitoringProps) withDefaults() RsclipMonitoringProps {
	var d RsclipMonitoringProps
	if p != nil {
		d = *p
	}
	setDefault(&d.ScrapeInterval, "30s")
	setDefault(&d.MaxErrorRatio, 0.05)
	setDefault(&d.MaxLatencySeconds, 0.5)
	d.Objectives = d.Objectives.withDefaults()
	return d
}

// check returns every reason why p, its defaults filled in, cannot be deployed.
func (p RsclipMonitoringProps) check() *check {
	c := new(check)
	if p.Service == nil {
		c.add("service", "", "an RsclipModelService", "pass what NewRsclipModelService returned")
	}
	c.labels("labels", p.Labels)
	c.form("scrapeInterval", p.ScrapeInterval, promDuration)
	if p.ScrapeTimeout != "" {
		c.form("scrapeTimeout", p.ScrapeTimeout, promDuration)
		if timeout, interval := secondsOf(p.ScrapeTimeout), secondsOf(p.ScrapeInterval); timeout > interval {
			c.add("scrapeTimeout", p.ScrapeTimeout, "at most scrapeInterval, "+p.ScrapeInterval, "lower it, or raise scrapeInterval")
		}
	}
	c.scrapes("scrapeInterval", p.ScrapeInterval, p.Service)
	c.relabelings("relabelings", p.Relabelings)
	c.relabelings("metricRelabelings", p.MetricRelabelings)
	for _, name := range slices.Sorted(maps.Keys(p.AlertLabels)) {
		c.form("alertLabels", name, promLabel)
		c.form("alertLabels."+name, p.AlertLabels[name], labelValue)
		if name == "severity" || name == "alertname" {
			c.add("alertLabels."+name, p.AlertLabels[name], "left out", "leave it out, since each alert has its own")
		}
	}
	if u, err := url.Parse(p.RunbookURL); p.RunbookURL != "" && (err != nil || u.Host == "" || u.Fragment != "") {
		c.add("runbookURL", p.RunbookURL, "the URL of a page, without a fragment", `write it like "https://wiki.example/rsclip"`)
	}
	if !(p.MaxErrorRatio > 0 && p.MaxErrorRatio < 1) {
		c.add("maxErrorRatio", p.MaxErrorRatio, "a ratio above 0 and below 1", "write 5 % as 0.05")
	}
	if !(p.MaxLatencySeconds > 0 && p.MaxLatencySeconds <= 30) {
		c.add("maxLatencySeconds", p.MaxLatencySeconds, "above 0 and at most 30, the histogram's last bound", "write 500 ms as 0.5")
	}
	if p.MaxIndexAgeHours < 0 {
		c.add("maxIndexAgeHours", p.MaxIndexAgeHours, "more than 0", "write a day as 24, or leave it out")
	}
	if p.MaxIndexAgeHours != 0 && p.Service != nil && !p.Service.props.Index.inFolder() {
		c.add("maxIndexAgeHours", p.MaxIndexAgeHours, "left out for a service without an index in a folder", "name it by service.index.claim or service.index.image, or leave it out")
	}
	p.Objectives.check(c)
	return c
}

func (p RsclipMonitoringProps) metadata(suffix string) *cdk8s.ApiObjectMetadata {
	m := &cdk8s.ApiObjectMetadata{Name: new(p.Service.props.Name + suffix), Namespace: &p.Service.props.Namespace}
	if len(p.Labels) > 0 {
		m.Labels = pointers(p.Labels)
	}
	return m
}
