package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsAuthorization struct {
	Credentials *PodMonitorSpecPodMetricsEndpointsAuthorizationCredentials `field:"optional" json:"credentials" yaml:"credentials"`
	Type *string `field:"optional" json:"type" yaml:"type"`
}

