package monitoringcoreoscom


type ServiceMonitorSpecEndpointsAuthorization struct {
	Credentials *ServiceMonitorSpecEndpointsAuthorizationCredentials `field:"optional" json:"credentials" yaml:"credentials"`
	Type *string `field:"optional" json:"type" yaml:"type"`
}

