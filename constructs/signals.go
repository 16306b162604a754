package constructs

import (
	"fmt"
	"strconv"
	"strings"
)

// signal is what pods tell of their load, as prometheus-adapter and KEDA ask
// for it.
type signal struct {
	metric string  // its name for prometheus-adapter
	target float64 // the wanted average of one pod
	rule   string  // prometheus-adapter's
	// total is PromQL for the sum over a service's pods, which KEDA divides by
	// their number.
	total string
	// restless is whether it is above 0 without a request, for the server checks
	// itself by runs of its model.
	restless bool
}

// podSignals returns the signals that are set, in a fixed order. The adapter's
// rules name no service, because it serves one metric of each name to every
// service of the cluster.
func (p GpuAutoscalerProps) podSignals() []signal {
	window := promRange(p.RateSeconds)
	var set []signal
	for _, s := range []signal{
		{"requests_per_second", p.RequestsPerSecond, `- seriesQuery: 'http_requests_total{namespace!="",pod!=""}'
  resources:
    overrides:
      namespace: {resource: namespace}
      pod: {resource: pod}
  name:
    matches: ^http_requests_total$
    as: requests_per_second
  metricsQuery: sum by (<<.GroupBy>>) (rate(<<.Series>>{<<.LabelMatchers>>}[<window>]))
`, `sum(rate(http_requests_total{<service>}[<window>]))`, false},
		// Of the slower tower. Without traffic both rates are 0, and so is the time.
		{"queue_seconds", p.QueueSeconds, `- seriesQuery: 'rsclip_stage_duration_seconds_sum{stage="queue",namespace!="",pod!=""}'
  resources:
    overrides:
      namespace: {resource: namespace}
      pod: {resource: pod}
  name:
    matches: ^rsclip_stage_duration_seconds_sum$
    as: queue_seconds
  metricsQuery: max by (<<.GroupBy>>) (sum by (<<.GroupBy>>, tower) (rate(rsclip_stage_duration_seconds_sum{stage="queue",<<.LabelMatchers>>}[<window>])) / clamp_min(sum by (<<.GroupBy>>, tower) (rate(rsclip_stage_duration_seconds_count{stage="queue",<<.LabelMatchers>>}[<window>])), 0.001))
`, `sum(max by (pod) (sum by (pod, tower) (rate(rsclip_stage_duration_seconds_sum{stage="queue",<service>}[<window>])) / clamp_min(sum by (pod, tower) (rate(rsclip_stage_duration_seconds_count{stage="queue",<service>}[<window>])), 0.001)))`, true},
		{"http_requests_in_flight", p.RequestsInFlight, `- seriesQuery: 'http_requests_in_flight{namespace!="",pod!=""}'
  resources:
    overrides:
      namespace: {resource: namespace}
      pod: {resource: pod}
  metricsQuery: sum by (<<.GroupBy>>) (avg_over_time(<<.Series>>{<<.LabelMatchers>>}[<window>]))
`, `sum(avg_over_time(http_requests_in_flight{<service>}[<window>]))`, false},
		// The exporter is scraped without honorLabels: the workload that holds a
		// GPU is in exported_pod, and pod is the exporter's own.
		{"gpu_utilization", p.GPUUtilization, `- seriesQuery: 'DCGM_FI_DEV_GPU_UTIL{exported_namespace!="",exported_pod!=""}'
  resources:
    overrides:
      exported_namespace: {resource: namespace}
      exported_pod: {resource: pod}
  name:
    matches: ^DCGM_FI_DEV_GPU_UTIL$
    as: gpu_utilization
  metricsQuery: avg by (<<.GroupBy>>) (avg_over_time(<<.Series>>{<<.LabelMatchers>>}[<window>]))
`, `sum(avg by (exported_pod) (avg_over_time(DCGM_FI_DEV_GPU_UTIL{<exported>}[<window>])))`, true},
	} {
		if s.target != 0 {
			s.rule, s.total = strings.ReplaceAll(s.rule, "<window>", window), strings.ReplaceAll(s.total, "<window>", window)
			set = append(set, s)
		}
	}
	return set
}

// promRange is a time as PromQL writes it.
func promRange(seconds int) string {
	if seconds%60 == 0 {
		return strconv.Itoa(seconds/60) + "m"
	}
	return strconv.Itoa(seconds) + "s"
}

// queries fills the matchers of a service into the signals' totals.
func (p RsclipModelServiceProps) queries() *strings.Replacer {
	return strings.NewReplacer(
		"<service>", fmt.Sprintf("namespace=%q,service=%q", p.Namespace, p.Name+"-service"),
		"<exported>", fmt.Sprintf("exported_namespace=%q,exported_pod=~%q", p.Namespace, p.podPattern()),
	)
}

// podPattern is a regular expression for the names of the service's pods.
func (p RsclipModelServiceProps) podPattern() string {
	prefix := p.Name + "-deployment-"
	return prefix[:min(len(prefix), longestPodPrefix)] + "[a-z0-9]+(-[a-z0-9]+)?"
}

// adapterConfig is a configuration for prometheus-adapter that makes the signals.
func adapterConfig(signals []signal) string {
	var b strings.Builder
	b.WriteString("rules:\n")
	for _, s := range signals {
		b.WriteString(s.rule)
	}
	return b.String()
}
