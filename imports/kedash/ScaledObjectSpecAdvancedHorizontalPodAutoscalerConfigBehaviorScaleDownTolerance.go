package kedash

import (
	_jsii_ "github.com/aws/jsii-runtime-go/runtime"
	_init_ "github.com/seed-74198975/rsclip/imports/kedash/jsii"
)

type ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance interface {
	Value() interface{}
}

// The jsii proxy struct for ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance
type jsiiProxy_ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance struct {
	_ byte // padding
}

func (j *jsiiProxy_ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance) Value() interface{} {
	var returns interface{}
	_jsii_.Get(
		j,
		"value",
		&returns,
	)
	return returns
}


func ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance_FromNumber(value *float64) ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance {
	_init_.Initialize()

	if err := validateScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance_FromNumberParameters(value); err != nil {
		panic(err)
	}
	var returns ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance

	_jsii_.StaticInvoke(
		"kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance",
		"fromNumber",
		[]interface{}{value},
		&returns,
	)

	return returns
}

func ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance_FromString(value *string) ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance {
	_init_.Initialize()

	if err := validateScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance_FromStringParameters(value); err != nil {
		panic(err)
	}
	var returns ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance

	_jsii_.StaticInvoke(
		"kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance",
		"fromString",
		[]interface{}{value},
		&returns,
	)

	return returns
}

