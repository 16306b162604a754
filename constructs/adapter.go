package constructs

import "strings"

// podSignal is a metric that prometheus-adapter makes for pods, and the wanted
// average of it.
type podSignal struct {
	metric string
	target float64
	rule   string
}

// podSignals returns the signals that are set, in a fixed order. Their rules
// name no service, because the adapter serves one metric of each name to every
// service of the cluster.
func (p GpuAutoscalerProps) podSignals() []podSignal {
	var set []podSignal
	for _, signal := range []podSignal{
		{"requests_per_second", p.RequestsPerSecond, `- seriesQuery: 'http_requests_total{namespace!="",pod!=""}'
  resources:
    overrides:
      namespace: {resource: namespace}
      pod: {resource: pod}
  name:
    matches: ^http_requests_total$
    as: requests_per_second
  metricsQuery: sum by (<<.GroupBy>>) (rate(<<.Series>>{<<.LabelMatchers>>}[2m]))
`},
		{"http_requests_in_flight", p.RequestsInFlight, `- seriesQuery: 'http_requests_in_flight{namespace!="",pod!=""}'
  resources:
    overrides:
      namespace: {resource: namespace}
      pod: {resource: pod}
  metricsQuery: sum by (<<.GroupBy>>) (avg_over_time(<<.Series>>{<<.LabelMatchers>>}[1m]))
`},
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
  metricsQuery: avg by (<<.GroupBy>>) (avg_over_time(<<.Series>>{<<.LabelMatchers>>}[2m]))
`},
	} {
		if signal.target != 0 {
			set = append(set, signal)
		}
	}
	return set
}

// adapterConfig is a configuration for prometheus-adapter that makes the signals.
func adapterConfig(signals []podSignal) string {
	var b strings.Builder
	b.WriteString("rules:\n")
	for _, signal := range signals {
		b.WriteString(signal.rule)
	}
	return b.String()
}
