package kedash


type ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfig struct {
	Behavior *ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehavior `field:"optional" json:"behavior" yaml:"behavior"`
	Name *string `field:"optional" json:"name" yaml:"name"`
}

