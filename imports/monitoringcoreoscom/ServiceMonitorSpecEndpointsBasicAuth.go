package monitoringcoreoscom


type ServiceMonitorSpecEndpointsBasicAuth struct {
	Password *ServiceMonitorSpecEndpointsBasicAuthPassword `field:"optional" json:"password" yaml:"password"`
	Username *ServiceMonitorSpecEndpointsBasicAuthUsername `field:"optional" json:"username" yaml:"username"`
}

