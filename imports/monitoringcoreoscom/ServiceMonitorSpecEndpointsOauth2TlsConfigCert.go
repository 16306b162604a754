package monitoringcoreoscom


type ServiceMonitorSpecEndpointsOauth2TlsConfigCert struct {
	ConfigMap *ServiceMonitorSpecEndpointsOauth2TlsConfigCertConfigMap `field:"optional" json:"configMap" yaml:"configMap"`
	Secret *ServiceMonitorSpecEndpointsOauth2TlsConfigCertSecret `field:"optional" json:"secret" yaml:"secret"`
}

