package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsTlsConfigCert struct {
	ConfigMap *PodMonitorSpecPodMetricsEndpointsTlsConfigCertConfigMap `field:"optional" json:"configMap" yaml:"configMap"`
	Secret *PodMonitorSpecPodMetricsEndpointsTlsConfigCertSecret `field:"optional" json:"secret" yaml:"secret"`
}

