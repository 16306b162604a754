package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsTlsConfigMinVersion string

const (
	// TLS10.
	PodMonitorSpecPodMetricsEndpointsTlsConfigMinVersion_TLS10 PodMonitorSpecPodMetricsEndpointsTlsConfigMinVersion = "TLS10"
	// TLS11.
	PodMonitorSpecPodMetricsEndpointsTlsConfigMinVersion_TLS11 PodMonitorSpecPodMetricsEndpointsTlsConfigMinVersion = "TLS11"
	// TLS12.
	PodMonitorSpecPodMetricsEndpointsTlsConfigMinVersion_TLS12 PodMonitorSpecPodMetricsEndpointsTlsConfigMinVersion = "TLS12"
	// TLS13.
	PodMonitorSpecPodMetricsEndpointsTlsConfigMinVersion_TLS13 PodMonitorSpecPodMetricsEndpointsTlsConfigMinVersion = "TLS13"
)

