package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsScheme string

const (
	// http.
	PodMonitorSpecPodMetricsEndpointsScheme_HTTP PodMonitorSpecPodMetricsEndpointsScheme = "HTTP"
	// https.
	PodMonitorSpecPodMetricsEndpointsScheme_HTTPS PodMonitorSpecPodMetricsEndpointsScheme = "HTTPS"
)

