package kedash


type ScaledObjectSpecAdvanced struct {
	HorizontalPodAutoscalerConfig *ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfig `field:"optional" json:"horizontalPodAutoscalerConfig" yaml:"horizontalPodAutoscalerConfig"`
	RestoreToOriginalReplicaCount *bool `field:"optional" json:"restoreToOriginalReplicaCount" yaml:"restoreToOriginalReplicaCount"`
	ScalingModifiers *ScaledObjectSpecAdvancedScalingModifiers `field:"optional" json:"scalingModifiers" yaml:"scalingModifiers"`
}

