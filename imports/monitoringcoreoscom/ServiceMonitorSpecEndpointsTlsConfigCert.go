package monitoringcoreoscom


type ServiceMonitorSpecEndpointsTlsConfigCert struct {
	ConfigMap *ServiceMonitorSpecEndpointsTlsConfigCertConfigMap `field:"optional" json:"configMap" yaml:"configMap"`
	Secret *ServiceMonitorSpecEndpointsTlsConfigCertSecret `field:"optional" json:"secret" yaml:"secret"`
}

