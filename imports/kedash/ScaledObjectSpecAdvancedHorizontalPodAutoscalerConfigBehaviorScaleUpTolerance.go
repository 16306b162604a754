package kedash

import (
	_jsii_ "github.com/aws/jsii-runtime-go/runtime"
	_init_ "github.com/seed-74198975/rsclip/imports/kedash/jsii"
)

type ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance interface {
	Value() interface{}
}

// The jsii proxy struct for ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance
type jsiiProxy_ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance struct {
	_ byte // padding
}

func (j *jsiiProxy_ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance) Value() interface{} {
	var returns interface{}
	_jsii_.Get(
		j,
		"value",
		&returns,
	)
	return returns
}


func ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance_FromNumber(value *float64) ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance {
	_init_.Initialize()

	if err := validateScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance_FromNumberParameters(value); err != nil {
		panic(err)
	}
	var returns ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance

	_jsii_.StaticInvoke(
		"kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance",
		"fromNumber",
		[]interface{}{value},
		&returns,
	)

	return returns
}

func ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance_FromString(value *string) ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance {
	_init_.Initialize()

	if err := validateScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance_FromStringParameters(value); err != nil {
		panic(err)
	}
	var returns ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance

	_jsii_.StaticInvoke(
		"kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance",
		"fromString",
		[]interface{}{value},
		&returns,
	)

	return returns
}

