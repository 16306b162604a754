package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigCert struct {
	ConfigMap *PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigCertConfigMap `field:"optional" json:"configMap" yaml:"configMap"`
	Secret *PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigCertSecret `field:"optional" json:"secret" yaml:"secret"`
}

