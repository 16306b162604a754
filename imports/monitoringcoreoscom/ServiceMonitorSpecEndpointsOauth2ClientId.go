package monitoringcoreoscom


type ServiceMonitorSpecEndpointsOauth2ClientId struct {
	ConfigMap *ServiceMonitorSpecEndpointsOauth2ClientIdConfigMap `field:"optional" json:"configMap" yaml:"configMap"`
	Secret *ServiceMonitorSpecEndpointsOauth2ClientIdSecret `field:"optional" json:"secret" yaml:"secret"`
}

