package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsBasicAuth struct {
	Password *PodMonitorSpecPodMetricsEndpointsBasicAuthPassword `field:"optional" json:"password" yaml:"password"`
	Username *PodMonitorSpecPodMetricsEndpointsBasicAuthUsername `field:"optional" json:"username" yaml:"username"`
}

