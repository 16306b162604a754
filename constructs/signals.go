package constructs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// signal is a load of the pods that Prometheus tells of, by what pods do or what
// others see of them.
type signal struct {
	field   string                           // the prop, as files of values call it
	target  func(GpuAutoscalerProps) float64 // the prop: the wanted average of one pod; 0 leaves the signal out
	most    float64                          // the largest target
	example float64                          // the target that docs/autoscaling.md shows
	wanted  string                           // what that page says of the target
	metric  string                           // its name for prometheus-adapter
	series  string                           // by which the adapter finds the pods that have it
	// query is PromQL for the value of each pod. Its places are:
	//
	//	<pods>    the matchers of the pods
	//	<pod>     the label that names a pod
	//	<window>  RateSeconds
	query string
	// restless is whether it is above 0 without a request, for the server checks
	// itself by runs of its model.
	restless bool
	// exporter is whether NVIDIA's exporter tells of it. That is scraped without
	// honorLabels: the workload that holds a GPU is in exported_pod, and pod is the
	// exporter's own.
	exporter bool
}

// signals are the signals that have a prop, in the order of the manifests. One
// more is an entry here and its prop above; the checks, the adapter's rule, the
// trigger and the page's row follow from it.
var signals = []signal{
	{
		field: "requestsPerSecond", target: func(p GpuAutoscalerProps) float64 { return p.RequestsPerSecond }, most: 1e6,
		example: 100, wanted: "answers per second",
		metric: "requests_per_second", series: "http_requests_total",
		query: `sum by (<pod>) (rate(http_requests_total{<pods>}[<window>]))`,
	},
	{
		field: "queueSeconds", target: func(p GpuAutoscalerProps) float64 { return p.QueueSeconds }, most: 3600,
		example: 0.05, wanted: "time that an item waits for the slower tower; 0 without traffic",
		metric: "queue_seconds", series: "rsclip_stage_duration_seconds_sum", restless: true,
		// Without traffic both rates are 0, and so is the time.
		query: `max by (<pod>) (sum by (<pod>, tower) (rate(rsclip_stage_duration_seconds_sum{stage="queue",<pods>}[<window>])) / ` +
			`clamp_min(sum by (<pod>, tower) (rate(rsclip_stage_duration_seconds_count{stage="queue",<pods>}[<window>])), 0.001))`,
	},
	{
		field: "requestsInFlight", target: func(p GpuAutoscalerProps) float64 { return p.RequestsInFlight }, most: 1e6,
		example: 8, wanted: "requests at a time",
		metric: "http_requests_in_flight", series: "http_requests_in_flight",
		query: `sum by (<pod>) (avg_over_time(http_requests_in_flight{<pods>}[<window>]))`,
	},
	{
		field: "gpuUtilization", target: func(p GpuAutoscalerProps) float64 { return p.GPUUtilization }, most: 100,
		example: 75, wanted: "percent, from NVIDIA's DCGM exporter",
		metric: "gpu_utilization", series: "DCGM_FI_DEV_GPU_UTIL", restless: true, exporter: true,
		query: `avg by (<pod>) (avg_over_time(DCGM_FI_DEV_GPU_UTIL{<pods>}[<window>]))`,
	},
}

// podSignals returns the signals that are set.
func (p GpuAutoscalerProps) podSignals() []signal {
	var set []signal
	for _, s := range signals {
		if s.target(p) != 0 {
			set = append(set, s)
		}
	}
	return set
}

// FollowsMetrics reports whether anything but the pods' resources is followed.
func (p GpuAutoscalerProps) FollowsMetrics() bool {
	return len(p.podSignals())+len(p.Custom) > 0
}

// followsServer reports whether a signal is of what the server exports.
func (p GpuAutoscalerProps) followsServer() bool {
	return slices.ContainsFunc(p.podSignals(), func(s signal) bool { return !s.exporter })
}

// labelPrefix begins the labels that name a pod and its namespace.
func (s signal) labelPrefix() string {
	if s.exporter {
		return "exported_"
	}
	return ""
}

// adapterRule makes a signal a metric of pods in prometheus-adapter. It names no
// service, because the adapter serves one metric of each name to every service of
// the cluster.
func (s signal) adapterRule(rateSeconds int) string {
	query := strings.NewReplacer("<pod>", "<<.GroupBy>>", "<pods>", "<<.LabelMatchers>>", "<window>", promRange(rateSeconds)).Replace(s.query)
	return strings.NewReplacer("PREFIX", s.labelPrefix(), "SERIES", s.series, "METRIC", s.metric, "QUERY", query).Replace(
		`- seriesQuery: 'SERIES{PREFIXnamespace!="",PREFIXpod!=""}'
  resources:
    overrides:
      PREFIXnamespace: {resource: namespace}
      PREFIXpod: {resource: pod}
  name:
    matches: ^SERIES$
    as: METRIC
  metricsQuery: QUERY
`)
}

// total is PromQL for the sum over a service's pods, which KEDA divides by their
// number.
func (s signal) total(service RsclipModelServiceProps, rateSeconds int) string {
	pods := fmt.Sprintf("namespace=%q,service=%q", service.Namespace, service.Name+"-service")
	if s.exporter {
		pods = fmt.Sprintf("exported_namespace=%q,exported_pod=~%q", service.Namespace, service.podPattern())
	}
	return "sum(" + strings.NewReplacer("<pod>", s.labelPrefix()+"pod", "<pods>", pods, "<window>", promRange(rateSeconds)).Replace(s.query) + ")"
}

// promRange is a time as PromQL writes it.
func promRange(seconds int) string {
	if seconds%60 == 0 {
		return strconv.Itoa(seconds/60) + "m"
	}
	return strconv.Itoa(seconds) + "s"
}

// podPattern is a regular expression for the names of the service's pods.
func (p RsclipModelServiceProps) podPattern() string {
	prefix := p.Name + "-deployment-"
	return prefix[:min(len(prefix), longestPodPrefix)] + "[a-z0-9]+(-[a-z0-9]+)?"
}
