// networkingistioio
package networkingistioio

import (
	"reflect"

	_jsii_ "github.com/aws/jsii-runtime-go/runtime"
)

func init() {
	_jsii_.RegisterClass(
		"networkingistioio.DestinationRule",
		reflect.TypeOf((*DestinationRule)(nil)).Elem(),
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
			j := jsiiProxy_DestinationRule{}
			_jsii_.InitJsiiProxy(&j.Type__cdk8sApiObject)
			return &j
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleProps",
		reflect.TypeOf((*DestinationRuleProps)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpec",
		reflect.TypeOf((*DestinationRuleSpec)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsets",
		reflect.TypeOf((*DestinationRuleSpecSubsets)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicy",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicy)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyConnectionPool",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyConnectionPool)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolHttp",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolHttp)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolHttpH2UpgradePolicy",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolHttpH2UpgradePolicy)(nil)).Elem(),
		map[string]interface{}{
			"DEFAULT": DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolHttpH2UpgradePolicy_DEFAULT,
			"DO_UNDERSCORE_NOT_UNDERSCORE_UPGRADE": DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolHttpH2UpgradePolicy_DO_UNDERSCORE_NOT_UNDERSCORE_UPGRADE,
			"UPGRADE": DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolHttpH2UpgradePolicy_UPGRADE,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolTcp",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolTcp)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolTcpTcpKeepalive",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolTcpTcpKeepalive)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyLoadBalancer",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyLoadBalancer)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHash",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHash)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHashHttpCookie",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHashHttpCookie)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHashMaglev",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHashMaglev)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHashRingHash",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHashRingHash)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerLocalityLbSetting",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerLocalityLbSetting)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerLocalityLbSettingDistribute",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerLocalityLbSettingDistribute)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerLocalityLbSettingFailover",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerLocalityLbSettingFailover)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerSimple",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerSimple)(nil)).Elem(),
		map[string]interface{}{
			"UNSPECIFIED": DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerSimple_UNSPECIFIED,
			"LEAST_UNDERSCORE_CONN": DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerSimple_LEAST_UNDERSCORE_CONN,
			"RANDOM": DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerSimple_RANDOM,
			"PASSTHROUGH": DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerSimple_PASSTHROUGH,
			"ROUND_UNDERSCORE_ROBIN": DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerSimple_ROUND_UNDERSCORE_ROBIN,
			"LEAST_UNDERSCORE_REQUEST": DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerSimple_LEAST_UNDERSCORE_REQUEST,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerWarmup",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerWarmup)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyOutlierDetection",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyOutlierDetection)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettings",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettings)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPool",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPool)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolHttp",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolHttp)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolHttpH2UpgradePolicy",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolHttpH2UpgradePolicy)(nil)).Elem(),
		map[string]interface{}{
			"DEFAULT": DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolHttpH2UpgradePolicy_DEFAULT,
			"DO_UNDERSCORE_NOT_UNDERSCORE_UPGRADE": DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolHttpH2UpgradePolicy_DO_UNDERSCORE_NOT_UNDERSCORE_UPGRADE,
			"UPGRADE": DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolHttpH2UpgradePolicy_UPGRADE,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolTcp",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolTcp)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolTcpTcpKeepalive",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolTcpTcpKeepalive)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancer",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancer)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerConsistentHash",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerConsistentHash)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashHttpCookie",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashHttpCookie)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashMaglev",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashMaglev)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashRingHash",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashRingHash)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSetting",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSetting)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSettingDistribute",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSettingDistribute)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSettingFailover",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSettingFailover)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerSimple",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerSimple)(nil)).Elem(),
		map[string]interface{}{
			"UNSPECIFIED": DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerSimple_UNSPECIFIED,
			"LEAST_UNDERSCORE_CONN": DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerSimple_LEAST_UNDERSCORE_CONN,
			"RANDOM": DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerSimple_RANDOM,
			"PASSTHROUGH": DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerSimple_PASSTHROUGH,
			"ROUND_UNDERSCORE_ROBIN": DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerSimple_ROUND_UNDERSCORE_ROBIN,
			"LEAST_UNDERSCORE_REQUEST": DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerSimple_LEAST_UNDERSCORE_REQUEST,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerWarmup",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerWarmup)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsOutlierDetection",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsOutlierDetection)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsPort",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsPort)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsTls",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsTls)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsTlsMode",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsTlsMode)(nil)).Elem(),
		map[string]interface{}{
			"DISABLE": DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsTlsMode_DISABLE,
			"SIMPLE": DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsTlsMode_SIMPLE,
			"MUTUAL": DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsTlsMode_MUTUAL,
			"ISTIO_UNDERSCORE_MUTUAL": DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsTlsMode_ISTIO_UNDERSCORE_MUTUAL,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyProxyProtocol",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyProxyProtocol)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyProxyProtocolVersion",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyProxyProtocolVersion)(nil)).Elem(),
		map[string]interface{}{
			"V1": DestinationRuleSpecSubsetsTrafficPolicyProxyProtocolVersion_V1,
			"V2": DestinationRuleSpecSubsetsTrafficPolicyProxyProtocolVersion_V2,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyRetryBudget",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyRetryBudget)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyTls",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyTls)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyTlsMode",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyTlsMode)(nil)).Elem(),
		map[string]interface{}{
			"DISABLE": DestinationRuleSpecSubsetsTrafficPolicyTlsMode_DISABLE,
			"SIMPLE": DestinationRuleSpecSubsetsTrafficPolicyTlsMode_SIMPLE,
			"MUTUAL": DestinationRuleSpecSubsetsTrafficPolicyTlsMode_MUTUAL,
			"ISTIO_UNDERSCORE_MUTUAL": DestinationRuleSpecSubsetsTrafficPolicyTlsMode_ISTIO_UNDERSCORE_MUTUAL,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecSubsetsTrafficPolicyTunnel",
		reflect.TypeOf((*DestinationRuleSpecSubsetsTrafficPolicyTunnel)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicy",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicy)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyConnectionPool",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyConnectionPool)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyConnectionPoolHttp",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyConnectionPoolHttp)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecTrafficPolicyConnectionPoolHttpH2UpgradePolicy",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyConnectionPoolHttpH2UpgradePolicy)(nil)).Elem(),
		map[string]interface{}{
			"DEFAULT": DestinationRuleSpecTrafficPolicyConnectionPoolHttpH2UpgradePolicy_DEFAULT,
			"DO_UNDERSCORE_NOT_UNDERSCORE_UPGRADE": DestinationRuleSpecTrafficPolicyConnectionPoolHttpH2UpgradePolicy_DO_UNDERSCORE_NOT_UNDERSCORE_UPGRADE,
			"UPGRADE": DestinationRuleSpecTrafficPolicyConnectionPoolHttpH2UpgradePolicy_UPGRADE,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyConnectionPoolTcp",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyConnectionPoolTcp)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyConnectionPoolTcpTcpKeepalive",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyConnectionPoolTcpTcpKeepalive)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyLoadBalancer",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyLoadBalancer)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHash",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHash)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHashHttpCookie",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHashHttpCookie)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHashMaglev",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHashMaglev)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHashRingHash",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHashRingHash)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyLoadBalancerLocalityLbSetting",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyLoadBalancerLocalityLbSetting)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyLoadBalancerLocalityLbSettingDistribute",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyLoadBalancerLocalityLbSettingDistribute)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyLoadBalancerLocalityLbSettingFailover",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyLoadBalancerLocalityLbSettingFailover)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecTrafficPolicyLoadBalancerSimple",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyLoadBalancerSimple)(nil)).Elem(),
		map[string]interface{}{
			"UNSPECIFIED": DestinationRuleSpecTrafficPolicyLoadBalancerSimple_UNSPECIFIED,
			"LEAST_UNDERSCORE_CONN": DestinationRuleSpecTrafficPolicyLoadBalancerSimple_LEAST_UNDERSCORE_CONN,
			"RANDOM": DestinationRuleSpecTrafficPolicyLoadBalancerSimple_RANDOM,
			"PASSTHROUGH": DestinationRuleSpecTrafficPolicyLoadBalancerSimple_PASSTHROUGH,
			"ROUND_UNDERSCORE_ROBIN": DestinationRuleSpecTrafficPolicyLoadBalancerSimple_ROUND_UNDERSCORE_ROBIN,
			"LEAST_UNDERSCORE_REQUEST": DestinationRuleSpecTrafficPolicyLoadBalancerSimple_LEAST_UNDERSCORE_REQUEST,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyLoadBalancerWarmup",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyLoadBalancerWarmup)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyOutlierDetection",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyOutlierDetection)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettings",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettings)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPool",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPool)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPoolHttp",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPoolHttp)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPoolHttpH2UpgradePolicy",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPoolHttpH2UpgradePolicy)(nil)).Elem(),
		map[string]interface{}{
			"DEFAULT": DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPoolHttpH2UpgradePolicy_DEFAULT,
			"DO_UNDERSCORE_NOT_UNDERSCORE_UPGRADE": DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPoolHttpH2UpgradePolicy_DO_UNDERSCORE_NOT_UNDERSCORE_UPGRADE,
			"UPGRADE": DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPoolHttpH2UpgradePolicy_UPGRADE,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPoolTcp",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPoolTcp)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPoolTcpTcpKeepalive",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPoolTcpTcpKeepalive)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancer",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancer)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerConsistentHash",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerConsistentHash)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashHttpCookie",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashHttpCookie)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashMaglev",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashMaglev)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashRingHash",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashRingHash)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSetting",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSetting)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSettingDistribute",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSettingDistribute)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSettingFailover",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSettingFailover)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerSimple",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerSimple)(nil)).Elem(),
		map[string]interface{}{
			"UNSPECIFIED": DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerSimple_UNSPECIFIED,
			"LEAST_UNDERSCORE_CONN": DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerSimple_LEAST_UNDERSCORE_CONN,
			"RANDOM": DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerSimple_RANDOM,
			"PASSTHROUGH": DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerSimple_PASSTHROUGH,
			"ROUND_UNDERSCORE_ROBIN": DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerSimple_ROUND_UNDERSCORE_ROBIN,
			"LEAST_UNDERSCORE_REQUEST": DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerSimple_LEAST_UNDERSCORE_REQUEST,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerWarmup",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerWarmup)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsOutlierDetection",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsOutlierDetection)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsPort",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsPort)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsTls",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsTls)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecTrafficPolicyPortLevelSettingsTlsMode",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyPortLevelSettingsTlsMode)(nil)).Elem(),
		map[string]interface{}{
			"DISABLE": DestinationRuleSpecTrafficPolicyPortLevelSettingsTlsMode_DISABLE,
			"SIMPLE": DestinationRuleSpecTrafficPolicyPortLevelSettingsTlsMode_SIMPLE,
			"MUTUAL": DestinationRuleSpecTrafficPolicyPortLevelSettingsTlsMode_MUTUAL,
			"ISTIO_UNDERSCORE_MUTUAL": DestinationRuleSpecTrafficPolicyPortLevelSettingsTlsMode_ISTIO_UNDERSCORE_MUTUAL,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyProxyProtocol",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyProxyProtocol)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecTrafficPolicyProxyProtocolVersion",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyProxyProtocolVersion)(nil)).Elem(),
		map[string]interface{}{
			"V1": DestinationRuleSpecTrafficPolicyProxyProtocolVersion_V1,
			"V2": DestinationRuleSpecTrafficPolicyProxyProtocolVersion_V2,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyRetryBudget",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyRetryBudget)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyTls",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyTls)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.DestinationRuleSpecTrafficPolicyTlsMode",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyTlsMode)(nil)).Elem(),
		map[string]interface{}{
			"DISABLE": DestinationRuleSpecTrafficPolicyTlsMode_DISABLE,
			"SIMPLE": DestinationRuleSpecTrafficPolicyTlsMode_SIMPLE,
			"MUTUAL": DestinationRuleSpecTrafficPolicyTlsMode_MUTUAL,
			"ISTIO_UNDERSCORE_MUTUAL": DestinationRuleSpecTrafficPolicyTlsMode_ISTIO_UNDERSCORE_MUTUAL,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecTrafficPolicyTunnel",
		reflect.TypeOf((*DestinationRuleSpecTrafficPolicyTunnel)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.DestinationRuleSpecWorkloadSelector",
		reflect.TypeOf((*DestinationRuleSpecWorkloadSelector)(nil)).Elem(),
	)
	_jsii_.RegisterClass(
		"networkingistioio.VirtualService",
		reflect.TypeOf((*VirtualService)(nil)).Elem(),
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
			j := jsiiProxy_VirtualService{}
			_jsii_.InitJsiiProxy(&j.Type__cdk8sApiObject)
			return &j
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceProps",
		reflect.TypeOf((*VirtualServiceProps)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpec",
		reflect.TypeOf((*VirtualServiceSpec)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttp",
		reflect.TypeOf((*VirtualServiceSpecHttp)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpCorsPolicy",
		reflect.TypeOf((*VirtualServiceSpecHttpCorsPolicy)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpCorsPolicyAllowOrigins",
		reflect.TypeOf((*VirtualServiceSpecHttpCorsPolicyAllowOrigins)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.VirtualServiceSpecHttpCorsPolicyUnmatchedPreflights",
		reflect.TypeOf((*VirtualServiceSpecHttpCorsPolicyUnmatchedPreflights)(nil)).Elem(),
		map[string]interface{}{
			"UNSPECIFIED": VirtualServiceSpecHttpCorsPolicyUnmatchedPreflights_UNSPECIFIED,
			"FORWARD": VirtualServiceSpecHttpCorsPolicyUnmatchedPreflights_FORWARD,
			"IGNORE": VirtualServiceSpecHttpCorsPolicyUnmatchedPreflights_IGNORE,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpDelegate",
		reflect.TypeOf((*VirtualServiceSpecHttpDelegate)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpDirectResponse",
		reflect.TypeOf((*VirtualServiceSpecHttpDirectResponse)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpDirectResponseBody",
		reflect.TypeOf((*VirtualServiceSpecHttpDirectResponseBody)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpFault",
		reflect.TypeOf((*VirtualServiceSpecHttpFault)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpFaultAbort",
		reflect.TypeOf((*VirtualServiceSpecHttpFaultAbort)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpFaultAbortPercentage",
		reflect.TypeOf((*VirtualServiceSpecHttpFaultAbortPercentage)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpFaultDelay",
		reflect.TypeOf((*VirtualServiceSpecHttpFaultDelay)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpFaultDelayPercentage",
		reflect.TypeOf((*VirtualServiceSpecHttpFaultDelayPercentage)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpHeaders",
		reflect.TypeOf((*VirtualServiceSpecHttpHeaders)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpHeadersRequest",
		reflect.TypeOf((*VirtualServiceSpecHttpHeadersRequest)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpHeadersResponse",
		reflect.TypeOf((*VirtualServiceSpecHttpHeadersResponse)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMatch",
		reflect.TypeOf((*VirtualServiceSpecHttpMatch)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMatchAuthority",
		reflect.TypeOf((*VirtualServiceSpecHttpMatchAuthority)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMatchHeaders",
		reflect.TypeOf((*VirtualServiceSpecHttpMatchHeaders)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMatchMethod",
		reflect.TypeOf((*VirtualServiceSpecHttpMatchMethod)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMatchQueryParams",
		reflect.TypeOf((*VirtualServiceSpecHttpMatchQueryParams)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMatchScheme",
		reflect.TypeOf((*VirtualServiceSpecHttpMatchScheme)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMatchUri",
		reflect.TypeOf((*VirtualServiceSpecHttpMatchUri)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMatchWithoutHeaders",
		reflect.TypeOf((*VirtualServiceSpecHttpMatchWithoutHeaders)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMirror",
		reflect.TypeOf((*VirtualServiceSpecHttpMirror)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMirrorPercentage",
		reflect.TypeOf((*VirtualServiceSpecHttpMirrorPercentage)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMirrorPort",
		reflect.TypeOf((*VirtualServiceSpecHttpMirrorPort)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMirrors",
		reflect.TypeOf((*VirtualServiceSpecHttpMirrors)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMirrorsDestination",
		reflect.TypeOf((*VirtualServiceSpecHttpMirrorsDestination)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMirrorsDestinationPort",
		reflect.TypeOf((*VirtualServiceSpecHttpMirrorsDestinationPort)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpMirrorsPercentage",
		reflect.TypeOf((*VirtualServiceSpecHttpMirrorsPercentage)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpRedirect",
		reflect.TypeOf((*VirtualServiceSpecHttpRedirect)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"networkingistioio.VirtualServiceSpecHttpRedirectDerivePort",
		reflect.TypeOf((*VirtualServiceSpecHttpRedirectDerivePort)(nil)).Elem(),
		map[string]interface{}{
			"FROM_UNDERSCORE_PROTOCOL_UNDERSCORE_DEFAULT": VirtualServiceSpecHttpRedirectDerivePort_FROM_UNDERSCORE_PROTOCOL_UNDERSCORE_DEFAULT,
			"FROM_UNDERSCORE_REQUEST_UNDERSCORE_PORT": VirtualServiceSpecHttpRedirectDerivePort_FROM_UNDERSCORE_REQUEST_UNDERSCORE_PORT,
		},
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpRetries",
		reflect.TypeOf((*VirtualServiceSpecHttpRetries)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpRewrite",
		reflect.TypeOf((*VirtualServiceSpecHttpRewrite)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpRewriteUriRegexRewrite",
		reflect.TypeOf((*VirtualServiceSpecHttpRewriteUriRegexRewrite)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpRoute",
		reflect.TypeOf((*VirtualServiceSpecHttpRoute)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpRouteDestination",
		reflect.TypeOf((*VirtualServiceSpecHttpRouteDestination)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpRouteDestinationPort",
		reflect.TypeOf((*VirtualServiceSpecHttpRouteDestinationPort)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpRouteHeaders",
		reflect.TypeOf((*VirtualServiceSpecHttpRouteHeaders)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpRouteHeadersRequest",
		reflect.TypeOf((*VirtualServiceSpecHttpRouteHeadersRequest)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecHttpRouteHeadersResponse",
		reflect.TypeOf((*VirtualServiceSpecHttpRouteHeadersResponse)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecTcp",
		reflect.TypeOf((*VirtualServiceSpecTcp)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecTcpMatch",
		reflect.TypeOf((*VirtualServiceSpecTcpMatch)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecTcpRoute",
		reflect.TypeOf((*VirtualServiceSpecTcpRoute)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecTcpRouteDestination",
		reflect.TypeOf((*VirtualServiceSpecTcpRouteDestination)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecTcpRouteDestinationPort",
		reflect.TypeOf((*VirtualServiceSpecTcpRouteDestinationPort)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecTls",
		reflect.TypeOf((*VirtualServiceSpecTls)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecTlsMatch",
		reflect.TypeOf((*VirtualServiceSpecTlsMatch)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecTlsRoute",
		reflect.TypeOf((*VirtualServiceSpecTlsRoute)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecTlsRouteDestination",
		reflect.TypeOf((*VirtualServiceSpecTlsRouteDestination)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"networkingistioio.VirtualServiceSpecTlsRouteDestinationPort",
		reflect.TypeOf((*VirtualServiceSpecTlsRouteDestinationPort)(nil)).Elem(),
	)
}
