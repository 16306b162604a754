package monitoringcoreoscom


type ServiceMonitorSpecEndpointsOauth2TlsConfigCa struct {
	ConfigMap *ServiceMonitorSpecEndpointsOauth2TlsConfigCaConfigMap `field:"optional" json:"configMap" yaml:"configMap"`
	Secret *ServiceMonitorSpecEndpointsOauth2TlsConfigCaSecret `field:"optional" json:"secret" yaml:"secret"`
}

