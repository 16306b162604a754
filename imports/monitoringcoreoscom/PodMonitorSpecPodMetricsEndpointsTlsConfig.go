package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsTlsConfig struct {
	Ca *PodMonitorSpecPodMetricsEndpointsTlsConfigCa `field:"optional" json:"ca" yaml:"ca"`
	Cert *PodMonitorSpecPodMetricsEndpointsTlsConfigCert `field:"optional" json:"cert" yaml:"cert"`
	InsecureSkipVerify *bool `field:"optional" json:"insecureSkipVerify" yaml:"insecureSkipVerify"`
	KeySecret *PodMonitorSpecPodMetricsEndpointsTlsConfigKeySecret `field:"optional" json:"keySecret" yaml:"keySecret"`
	MaxVersion PodMonitorSpecPodMetricsEndpointsTlsConfigMaxVersion `field:"optional" json:"maxVersion" yaml:"maxVersion"`
	MinVersion PodMonitorSpecPodMetricsEndpointsTlsConfigMinVersion `field:"optional" json:"minVersion" yaml:"minVersion"`
	ServerName *string `field:"optional" json:"serverName" yaml:"serverName"`
}

