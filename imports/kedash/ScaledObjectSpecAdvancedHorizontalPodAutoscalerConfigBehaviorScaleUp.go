package kedash


type ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUp struct {
	Policies *[]*ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpPolicies `field:"optional" json:"policies" yaml:"policies"`
	SelectPolicy *string `field:"optional" json:"selectPolicy" yaml:"selectPolicy"`
	StabilizationWindowSeconds *float64 `field:"optional" json:"stabilizationWindowSeconds" yaml:"stabilizationWindowSeconds"`
	Tolerance ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance `field:"optional" json:"tolerance" yaml:"tolerance"`
}

