package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsMetricRelabelings struct {
	Action PodMonitorSpecPodMetricsEndpointsMetricRelabelingsAction `field:"optional" json:"action" yaml:"action"`
	Modulus *float64 `field:"optional" json:"modulus" yaml:"modulus"`
	Regex *string `field:"optional" json:"regex" yaml:"regex"`
	Replacement *string `field:"optional" json:"replacement" yaml:"replacement"`
	Separator *string `field:"optional" json:"separator" yaml:"separator"`
	SourceLabels *[]*string `field:"optional" json:"sourceLabels" yaml:"sourceLabels"`
	TargetLabel *string `field:"optional" json:"targetLabel" yaml:"targetLabel"`
}

