package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsTlsConfigCa struct {
	ConfigMap *PodMonitorSpecPodMetricsEndpointsTlsConfigCaConfigMap `field:"optional" json:"configMap" yaml:"configMap"`
	Secret *PodMonitorSpecPodMetricsEndpointsTlsConfigCaSecret `field:"optional" json:"secret" yaml:"secret"`
}

