package monitoringcoreoscom


type ServiceMonitorSpecEndpointsTlsConfigCa struct {
	ConfigMap *ServiceMonitorSpecEndpointsTlsConfigCaConfigMap `field:"optional" json:"configMap" yaml:"configMap"`
	Secret *ServiceMonitorSpecEndpointsTlsConfigCaSecret `field:"optional" json:"secret" yaml:"secret"`
}

