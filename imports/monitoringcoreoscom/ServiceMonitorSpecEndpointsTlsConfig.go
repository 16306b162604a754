package monitoringcoreoscom


type ServiceMonitorSpecEndpointsTlsConfig struct {
	Ca *ServiceMonitorSpecEndpointsTlsConfigCa `field:"optional" json:"ca" yaml:"ca"`
	CaFile *string `field:"optional" json:"caFile" yaml:"caFile"`
	Cert *ServiceMonitorSpecEndpointsTlsConfigCert `field:"optional" json:"cert" yaml:"cert"`
	CertFile *string `field:"optional" json:"certFile" yaml:"certFile"`
	InsecureSkipVerify *bool `field:"optional" json:"insecureSkipVerify" yaml:"insecureSkipVerify"`
	KeyFile *string `field:"optional" json:"keyFile" yaml:"keyFile"`
	KeySecret *ServiceMonitorSpecEndpointsTlsConfigKeySecret `field:"optional" json:"keySecret" yaml:"keySecret"`
	MaxVersion ServiceMonitorSpecEndpointsTlsConfigMaxVersion `field:"optional" json:"maxVersion" yaml:"maxVersion"`
	MinVersion ServiceMonitorSpecEndpointsTlsConfigMinVersion `field:"optional" json:"minVersion" yaml:"minVersion"`
	ServerName *string `field:"optional" json:"serverName" yaml:"serverName"`
}

