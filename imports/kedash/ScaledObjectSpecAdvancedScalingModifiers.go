package kedash


type ScaledObjectSpecAdvancedScalingModifiers struct {
	ActivationTarget *string `field:"optional" json:"activationTarget" yaml:"activationTarget"`
	Formula *string `field:"optional" json:"formula" yaml:"formula"`
	MetricType ScaledObjectSpecAdvancedScalingModifiersMetricType `field:"optional" json:"metricType" yaml:"metricType"`
	Target *string `field:"optional" json:"target" yaml:"target"`
}

