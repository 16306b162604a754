package monitoringcoreoscom


type ServiceMonitorSpecEndpointsTlsConfigMinVersion string

const (
	// TLS10.
	ServiceMonitorSpecEndpointsTlsConfigMinVersion_TLS10 ServiceMonitorSpecEndpointsTlsConfigMinVersion = "TLS10"
	// TLS11.
	ServiceMonitorSpecEndpointsTlsConfigMinVersion_TLS11 ServiceMonitorSpecEndpointsTlsConfigMinVersion = "TLS11"
	// TLS12.
	ServiceMonitorSpecEndpointsTlsConfigMinVersion_TLS12 ServiceMonitorSpecEndpointsTlsConfigMinVersion = "TLS12"
	// TLS13.
	ServiceMonitorSpecEndpointsTlsConfigMinVersion_TLS13 ServiceMonitorSpecEndpointsTlsConfigMinVersion = "TLS13"
)

