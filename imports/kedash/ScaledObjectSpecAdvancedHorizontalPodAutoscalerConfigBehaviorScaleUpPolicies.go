package kedash


type ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpPolicies struct {
	PeriodSeconds *float64 `field:"required" json:"periodSeconds" yaml:"periodSeconds"`
	Type *string `field:"required" json:"type" yaml:"type"`
	Value *float64 `field:"required" json:"value" yaml:"value"`
}

