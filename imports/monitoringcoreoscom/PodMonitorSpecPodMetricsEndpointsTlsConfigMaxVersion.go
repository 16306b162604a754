package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsTlsConfigMaxVersion string

const (
	// TLS10.
	PodMonitorSpecPodMetricsEndpointsTlsConfigMaxVersion_TLS10 PodMonitorSpecPodMetricsEndpointsTlsConfigMaxVersion = "TLS10"
	// TLS11.
	PodMonitorSpecPodMetricsEndpointsTlsConfigMaxVersion_TLS11 PodMonitorSpecPodMetricsEndpointsTlsConfigMaxVersion = "TLS11"
	// TLS12.
	PodMonitorSpecPodMetricsEndpointsTlsConfigMaxVersion_TLS12 PodMonitorSpecPodMetricsEndpointsTlsConfigMaxVersion = "TLS12"
	// TLS13.
	PodMonitorSpecPodMetricsEndpointsTlsConfigMaxVersion_TLS13 PodMonitorSpecPodMetricsEndpointsTlsConfigMaxVersion = "TLS13"
)

