// kedash
package kedash

import (
	"reflect"

	_jsii_ "github.com/aws/jsii-runtime-go/runtime"
)

func init() {
	_jsii_.RegisterClass(
		"kedash.ScaledObject",
		reflect.TypeOf((*ScaledObject)(nil)).Elem(),
		[]_jsii_.Member{
			_jsii_.MemberMethod{JsiiMethod: "addDependency", GoMethod: "AddDependency"},
			_jsii_.MemberMethod{JsiiMethod: "addJsonPatch", GoMethod: "AddJsonPatch"},
			_jsii_.MemberProperty{JsiiProperty: "apiGroup", GoGetter: "ApiGroup"},
			_jsii_.MemberProperty{JsiiProperty: "apiVersion", GoGetter: "ApiVersion"},
			_jsii_.MemberProperty{JsiiProperty: "chart", GoGetter: "Chart"},
			_jsii_.MemberProperty{JsiiProperty: "kind", GoGetter: "Kind"},
			_jsii_.MemberProperty{JsiiProperty: "metadata", GoGetter: "Metadata"},
			_jsii_.MemberProperty{JsiiProperty: "name", GoGetter: "Name"},
			_jsii_.MemberProperty{JsiiProperty: "node", GoGetter: "Node"},
			_jsii_.MemberMethod{JsiiMethod: "toJson", GoMethod: "ToJson"},
			_jsii_.MemberMethod{JsiiMethod: "toString", GoMethod: "ToString"},
		},
		func() interface{} {
			j := jsiiProxy_ScaledObject{}
			_jsii_.InitJsiiProxy(&j.Type__cdk8sApiObject)
			return &j
		},
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectProps",
		reflect.TypeOf((*ScaledObjectProps)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectSpec",
		reflect.TypeOf((*ScaledObjectSpec)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectSpecAdvanced",
		reflect.TypeOf((*ScaledObjectSpecAdvanced)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfig",
		reflect.TypeOf((*ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfig)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehavior",
		reflect.TypeOf((*ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehavior)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDown",
		reflect.TypeOf((*ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDown)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownPolicies",
		reflect.TypeOf((*ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownPolicies)(nil)).Elem(),
	)
	_jsii_.RegisterClass(
		"kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance",
		reflect.TypeOf((*ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance)(nil)).Elem(),
		[]_jsii_.Member{
			_jsii_.MemberProperty{JsiiProperty: "value", GoGetter: "Value"},
		},
		func() interface{} {
			return &jsiiProxy_ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownTolerance{}
		},
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUp",
		reflect.TypeOf((*ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUp)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpPolicies",
		reflect.TypeOf((*ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpPolicies)(nil)).Elem(),
	)
	_jsii_.RegisterClass(
		"kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance",
		reflect.TypeOf((*ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance)(nil)).Elem(),
		[]_jsii_.Member{
			_jsii_.MemberProperty{JsiiProperty: "value", GoGetter: "Value"},
		},
		func() interface{} {
			return &jsiiProxy_ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpTolerance{}
		},
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectSpecAdvancedScalingModifiers",
		reflect.TypeOf((*ScaledObjectSpecAdvancedScalingModifiers)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"kedash.ScaledObjectSpecAdvancedScalingModifiersMetricType",
		reflect.TypeOf((*ScaledObjectSpecAdvancedScalingModifiersMetricType)(nil)).Elem(),
		map[string]interface{}{
			"AVERAGE_VALUE": ScaledObjectSpecAdvancedScalingModifiersMetricType_AVERAGE_VALUE,
			"VALUE": ScaledObjectSpecAdvancedScalingModifiersMetricType_VALUE,
		},
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectSpecFallback",
		reflect.TypeOf((*ScaledObjectSpecFallback)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"kedash.ScaledObjectSpecFallbackBehavior",
		reflect.TypeOf((*ScaledObjectSpecFallbackBehavior)(nil)).Elem(),
		map[string]interface{}{
			"STATIC": ScaledObjectSpecFallbackBehavior_STATIC,
			"CURRENT_REPLICAS": ScaledObjectSpecFallbackBehavior_CURRENT_REPLICAS,
			"CURRENT_REPLICAS_IF_HIGHER": ScaledObjectSpecFallbackBehavior_CURRENT_REPLICAS_IF_HIGHER,
			"CURRENT_REPLICAS_IF_LOWER": ScaledObjectSpecFallbackBehavior_CURRENT_REPLICAS_IF_LOWER,
		},
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectSpecScaleTargetRef",
		reflect.TypeOf((*ScaledObjectSpecScaleTargetRef)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectSpecTriggers",
		reflect.TypeOf((*ScaledObjectSpecTriggers)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"kedash.ScaledObjectSpecTriggersAuthenticationRef",
		reflect.TypeOf((*ScaledObjectSpecTriggersAuthenticationRef)(nil)).Elem(),
	)
}
