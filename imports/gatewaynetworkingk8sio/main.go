// gatewaynetworkingk8sio
package gatewaynetworkingk8sio

import (
	"reflect"

	_jsii_ "github.com/aws/jsii-runtime-go/runtime"
)

func init() {
	_jsii_.RegisterClass(
		"gatewaynetworkingk8sio.BackendTlsPolicy",
		reflect.TypeOf((*BackendTlsPolicy)(nil)).Elem(),
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
			j := jsiiProxy_BackendTlsPolicy{}
			_jsii_.InitJsiiProxy(&j.Type__cdk8sApiObject)
			return &j
		},
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.BackendTlsPolicyProps",
		reflect.TypeOf((*BackendTlsPolicyProps)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.BackendTlsPolicySpec",
		reflect.TypeOf((*BackendTlsPolicySpec)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.BackendTlsPolicySpecTargetRefs",
		reflect.TypeOf((*BackendTlsPolicySpecTargetRefs)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.BackendTlsPolicySpecValidation",
		reflect.TypeOf((*BackendTlsPolicySpecValidation)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.BackendTlsPolicySpecValidationCaCertificateRefs",
		reflect.TypeOf((*BackendTlsPolicySpecValidationCaCertificateRefs)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.BackendTlsPolicySpecValidationSubjectAltNames",
		reflect.TypeOf((*BackendTlsPolicySpecValidationSubjectAltNames)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.BackendTlsPolicySpecValidationSubjectAltNamesType",
		reflect.TypeOf((*BackendTlsPolicySpecValidationSubjectAltNamesType)(nil)).Elem(),
		map[string]interface{}{
			"HOSTNAME": BackendTlsPolicySpecValidationSubjectAltNamesType_HOSTNAME,
			"URI": BackendTlsPolicySpecValidationSubjectAltNamesType_URI,
		},
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.BackendTlsPolicySpecValidationWellKnownCaCertificates",
		reflect.TypeOf((*BackendTlsPolicySpecValidationWellKnownCaCertificates)(nil)).Elem(),
		map[string]interface{}{
			"SYSTEM": BackendTlsPolicySpecValidationWellKnownCaCertificates_SYSTEM,
		},
	)
	_jsii_.RegisterClass(
		"gatewaynetworkingk8sio.HttpRoute",
		reflect.TypeOf((*HttpRoute)(nil)).Elem(),
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
			j := jsiiProxy_HttpRoute{}
			_jsii_.InitJsiiProxy(&j.Type__cdk8sApiObject)
			return &j
		},
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteProps",
		reflect.TypeOf((*HttpRouteProps)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpec",
		reflect.TypeOf((*HttpRouteSpec)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecParentRefs",
		reflect.TypeOf((*HttpRouteSpecParentRefs)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRules",
		reflect.TypeOf((*HttpRouteSpecRules)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefs",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefs)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFilters",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFilters)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersExtensionRef",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersExtensionRef)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersRequestHeaderModifier",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersRequestHeaderModifier)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersRequestHeaderModifierAdd",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersRequestHeaderModifierAdd)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersRequestHeaderModifierSet",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersRequestHeaderModifierSet)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersRequestMirror",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersRequestMirror)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersRequestMirrorBackendRef",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersRequestMirrorBackendRef)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersRequestMirrorFraction",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersRequestMirrorFraction)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersRequestRedirect",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersRequestRedirect)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersRequestRedirectPath",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersRequestRedirectPath)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersRequestRedirectPathType",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersRequestRedirectPathType)(nil)).Elem(),
		map[string]interface{}{
			"REPLACE_FULL_PATH": HttpRouteSpecRulesBackendRefsFiltersRequestRedirectPathType_REPLACE_FULL_PATH,
			"REPLACE_PREFIX_MATCH": HttpRouteSpecRulesBackendRefsFiltersRequestRedirectPathType_REPLACE_PREFIX_MATCH,
		},
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersRequestRedirectScheme",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersRequestRedirectScheme)(nil)).Elem(),
		map[string]interface{}{
			"HTTP": HttpRouteSpecRulesBackendRefsFiltersRequestRedirectScheme_HTTP,
			"HTTPS": HttpRouteSpecRulesBackendRefsFiltersRequestRedirectScheme_HTTPS,
		},
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersRequestRedirectStatusCode",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersRequestRedirectStatusCode)(nil)).Elem(),
		map[string]interface{}{
			"VALUE_301": HttpRouteSpecRulesBackendRefsFiltersRequestRedirectStatusCode_VALUE_301,
			"VALUE_302": HttpRouteSpecRulesBackendRefsFiltersRequestRedirectStatusCode_VALUE_302,
		},
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersResponseHeaderModifier",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersResponseHeaderModifier)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersResponseHeaderModifierAdd",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersResponseHeaderModifierAdd)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersResponseHeaderModifierSet",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersResponseHeaderModifierSet)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersType",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersType)(nil)).Elem(),
		map[string]interface{}{
			"REQUEST_HEADER_MODIFIER": HttpRouteSpecRulesBackendRefsFiltersType_REQUEST_HEADER_MODIFIER,
			"RESPONSE_HEADER_MODIFIER": HttpRouteSpecRulesBackendRefsFiltersType_RESPONSE_HEADER_MODIFIER,
			"REQUEST_MIRROR": HttpRouteSpecRulesBackendRefsFiltersType_REQUEST_MIRROR,
			"REQUEST_REDIRECT": HttpRouteSpecRulesBackendRefsFiltersType_REQUEST_REDIRECT,
			"URL_REWRITE": HttpRouteSpecRulesBackendRefsFiltersType_URL_REWRITE,
			"EXTENSION_REF": HttpRouteSpecRulesBackendRefsFiltersType_EXTENSION_REF,
		},
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersUrlRewrite",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersUrlRewrite)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersUrlRewritePath",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersUrlRewritePath)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesBackendRefsFiltersUrlRewritePathType",
		reflect.TypeOf((*HttpRouteSpecRulesBackendRefsFiltersUrlRewritePathType)(nil)).Elem(),
		map[string]interface{}{
			"REPLACE_FULL_PATH": HttpRouteSpecRulesBackendRefsFiltersUrlRewritePathType_REPLACE_FULL_PATH,
			"REPLACE_PREFIX_MATCH": HttpRouteSpecRulesBackendRefsFiltersUrlRewritePathType_REPLACE_PREFIX_MATCH,
		},
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFilters",
		reflect.TypeOf((*HttpRouteSpecRulesFilters)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersExtensionRef",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersExtensionRef)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersRequestHeaderModifier",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersRequestHeaderModifier)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersRequestHeaderModifierAdd",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersRequestHeaderModifierAdd)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersRequestHeaderModifierSet",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersRequestHeaderModifierSet)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersRequestMirror",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersRequestMirror)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersRequestMirrorBackendRef",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersRequestMirrorBackendRef)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersRequestMirrorFraction",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersRequestMirrorFraction)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersRequestRedirect",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersRequestRedirect)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersRequestRedirectPath",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersRequestRedirectPath)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersRequestRedirectPathType",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersRequestRedirectPathType)(nil)).Elem(),
		map[string]interface{}{
			"REPLACE_FULL_PATH": HttpRouteSpecRulesFiltersRequestRedirectPathType_REPLACE_FULL_PATH,
			"REPLACE_PREFIX_MATCH": HttpRouteSpecRulesFiltersRequestRedirectPathType_REPLACE_PREFIX_MATCH,
		},
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersRequestRedirectScheme",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersRequestRedirectScheme)(nil)).Elem(),
		map[string]interface{}{
			"HTTP": HttpRouteSpecRulesFiltersRequestRedirectScheme_HTTP,
			"HTTPS": HttpRouteSpecRulesFiltersRequestRedirectScheme_HTTPS,
		},
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersRequestRedirectStatusCode",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersRequestRedirectStatusCode)(nil)).Elem(),
		map[string]interface{}{
			"VALUE_301": HttpRouteSpecRulesFiltersRequestRedirectStatusCode_VALUE_301,
			"VALUE_302": HttpRouteSpecRulesFiltersRequestRedirectStatusCode_VALUE_302,
		},
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersResponseHeaderModifier",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersResponseHeaderModifier)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersResponseHeaderModifierAdd",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersResponseHeaderModifierAdd)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersResponseHeaderModifierSet",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersResponseHeaderModifierSet)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersType",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersType)(nil)).Elem(),
		map[string]interface{}{
			"REQUEST_HEADER_MODIFIER": HttpRouteSpecRulesFiltersType_REQUEST_HEADER_MODIFIER,
			"RESPONSE_HEADER_MODIFIER": HttpRouteSpecRulesFiltersType_RESPONSE_HEADER_MODIFIER,
			"REQUEST_MIRROR": HttpRouteSpecRulesFiltersType_REQUEST_MIRROR,
			"REQUEST_REDIRECT": HttpRouteSpecRulesFiltersType_REQUEST_REDIRECT,
			"URL_REWRITE": HttpRouteSpecRulesFiltersType_URL_REWRITE,
			"EXTENSION_REF": HttpRouteSpecRulesFiltersType_EXTENSION_REF,
		},
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersUrlRewrite",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersUrlRewrite)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersUrlRewritePath",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersUrlRewritePath)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesFiltersUrlRewritePathType",
		reflect.TypeOf((*HttpRouteSpecRulesFiltersUrlRewritePathType)(nil)).Elem(),
		map[string]interface{}{
			"REPLACE_FULL_PATH": HttpRouteSpecRulesFiltersUrlRewritePathType_REPLACE_FULL_PATH,
			"REPLACE_PREFIX_MATCH": HttpRouteSpecRulesFiltersUrlRewritePathType_REPLACE_PREFIX_MATCH,
		},
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesMatches",
		reflect.TypeOf((*HttpRouteSpecRulesMatches)(nil)).Elem(),
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesMatchesHeaders",
		reflect.TypeOf((*HttpRouteSpecRulesMatchesHeaders)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesMatchesHeadersType",
		reflect.TypeOf((*HttpRouteSpecRulesMatchesHeadersType)(nil)).Elem(),
		map[string]interface{}{
			"EXACT": HttpRouteSpecRulesMatchesHeadersType_EXACT,
			"REGULAR_EXPRESSION": HttpRouteSpecRulesMatchesHeadersType_REGULAR_EXPRESSION,
		},
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesMatchesMethod",
		reflect.TypeOf((*HttpRouteSpecRulesMatchesMethod)(nil)).Elem(),
		map[string]interface{}{
			"GET": HttpRouteSpecRulesMatchesMethod_GET,
			"HEAD": HttpRouteSpecRulesMatchesMethod_HEAD,
			"POST": HttpRouteSpecRulesMatchesMethod_POST,
			"PUT": HttpRouteSpecRulesMatchesMethod_PUT,
			"DELETE": HttpRouteSpecRulesMatchesMethod_DELETE,
			"CONNECT": HttpRouteSpecRulesMatchesMethod_CONNECT,
			"OPTIONS": HttpRouteSpecRulesMatchesMethod_OPTIONS,
			"TRACE": HttpRouteSpecRulesMatchesMethod_TRACE,
			"PATCH": HttpRouteSpecRulesMatchesMethod_PATCH,
		},
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesMatchesPath",
		reflect.TypeOf((*HttpRouteSpecRulesMatchesPath)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesMatchesPathType",
		reflect.TypeOf((*HttpRouteSpecRulesMatchesPathType)(nil)).Elem(),
		map[string]interface{}{
			"EXACT": HttpRouteSpecRulesMatchesPathType_EXACT,
			"PATH_PREFIX": HttpRouteSpecRulesMatchesPathType_PATH_PREFIX,
			"REGULAR_EXPRESSION": HttpRouteSpecRulesMatchesPathType_REGULAR_EXPRESSION,
		},
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesMatchesQueryParams",
		reflect.TypeOf((*HttpRouteSpecRulesMatchesQueryParams)(nil)).Elem(),
	)
	_jsii_.RegisterEnum(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesMatchesQueryParamsType",
		reflect.TypeOf((*HttpRouteSpecRulesMatchesQueryParamsType)(nil)).Elem(),
		map[string]interface{}{
			"EXACT": HttpRouteSpecRulesMatchesQueryParamsType_EXACT,
			"REGULAR_EXPRESSION": HttpRouteSpecRulesMatchesQueryParamsType_REGULAR_EXPRESSION,
		},
	)
	_jsii_.RegisterStruct(
		"gatewaynetworkingk8sio.HttpRouteSpecRulesTimeouts",
		reflect.TypeOf((*HttpRouteSpecRulesTimeouts)(nil)).Elem(),
	)
}
