package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigCa struct {
	ConfigMap *PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigCaConfigMap `field:"optional" json:"configMap" yaml:"configMap"`
	Secret *PodMonitorSpecPodMetricsEndpointsOauth2TlsConfigCaSecret `field:"optional" json:"secret" yaml:"secret"`
}

