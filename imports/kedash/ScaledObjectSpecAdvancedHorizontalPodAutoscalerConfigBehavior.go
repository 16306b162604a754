package kedash


type ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehavior struct {
	ScaleDown *ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDown `field:"optional" json:"scaleDown" yaml:"scaleDown"`
	ScaleUp *ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUp `field:"optional" json:"scaleUp" yaml:"scaleUp"`
}

