package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsOauth2ClientId struct {
	ConfigMap *PodMonitorSpecPodMetricsEndpointsOauth2ClientIdConfigMap `field:"optional" json:"configMap" yaml:"configMap"`
	Secret *PodMonitorSpecPodMetricsEndpointsOauth2ClientIdSecret `field:"optional" json:"secret" yaml:"secret"`
}

