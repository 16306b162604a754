package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsOauth2TlsConfig struct {
	Ca *PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigCa `field:"optional" json:"ca" yaml:"ca"`
	Cert *PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigCert `field:"optional" json:"cert" yaml:"cert"`
	InsecureSkipVerify *bool `field:"optional" json:"insecureSkipVerify" yaml:"insecureSkipVerify"`
	KeySecret *PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigKeySecret `field:"optional" json:"keySecret" yaml:"keySecret"`
	MaxVersion PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigMaxVersion `field:"optional" json:"maxVersion" yaml:"maxVersion"`
	MinVersion PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigMinVersion `field:"optional" json:"minVersion" yaml:"minVersion"`
	ServerName *string `field:"optional" json:"serverName" yaml:"serverName"`
}

