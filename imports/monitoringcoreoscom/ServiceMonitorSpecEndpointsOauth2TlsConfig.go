package monitoringcoreoscom


type ServiceMonitorSpecEndpointsOauth2TlsConfig struct {
	Ca *ServiceMonitorSpecEndpointsOauth2TlsConfigCa `field:"optional" json:"ca" yaml:"ca"`
	Cert *ServiceMonitorSpecEndpointsOauth2TlsConfigCert `field:"optional" json:"cert" yaml:"cert"`
	InsecureSkipVerify *bool `field:"optional" json:"insecureSkipVerify" yaml:"insecureSkipVerify"`
	KeySecret *ServiceMonitorSpecEndpointsOauth2TlsConfigKeySecret `field:"optional" json:"keySecret" yaml:"keySecret"`
	MaxVersion ServiceMonitorSpecEndpointsOauth2TlsConfigMaxVersion `field:"optional" json:"maxVersion" yaml:"maxVersion"`
	MinVersion ServiceMonitorSpecEndpointsOauth2TlsConfigMinVersion `field:"optional" json:"minVersion" yaml:"minVersion"`
	ServerName *string `field:"optional" json:"serverName" yaml:"serverName"`
}

