package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigMinVersion string

const (
	// TLS10.
	PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigMinVersion_TLS10 PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigMinVersion = "TLS10"
	// TLS11.
	PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigMinVersion_TLS11 PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigMinVersion = "TLS11"
	// TLS12.
	PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigMinVersion_TLS12 PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigMinVersion = "TLS12"
	// TLS13.
	PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigMinVersion_TLS13 PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigMinVersion = "TLS13"
)

