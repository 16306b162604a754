package kedash


type ScaledObjectSpecAdvancedScalingModifiersMetricType string

const (
	// AverageValue.
	ScaledObjectSpecAdvancedScalingModifiersMetricType_AVERAGE_VALUE ScaledObjectSpecAdvancedScalingModifiersMetricType = "AVERAGE_VALUE"
	// Value.
	ScaledObjectSpecAdvancedScalingModifiersMetricType_VALUE ScaledObjectSpecAdvancedScalingModifiersMetricType = "VALUE"
)

