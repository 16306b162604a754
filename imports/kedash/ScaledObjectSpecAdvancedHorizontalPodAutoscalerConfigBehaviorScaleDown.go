package kedash


type ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDown struct {
	Policies *[]*ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownPolicies `field:"optional" json:"policies" yaml:"policies"`
	SelectPolicy *string `field:"optional" json:"selectPolicy" yaml:"selectPolicy"`
	StabilizationWindowSeconds *float64 `field:"optional" json:"stabilizationWindowSeconds" yaml:"stabilizationWindowSeconds"`
	Tolerance ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance `field:"optional" json:"tolerance" yaml:"tolerance"`
}

