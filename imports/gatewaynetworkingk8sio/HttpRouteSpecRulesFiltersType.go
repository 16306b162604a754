package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersType string

const (
	// RequestHeaderModifier.
	HttpRouteSpecRulesFiltersType_REQUEST_HEADER_MODIFIER HttpRouteSpecRulesFiltersType = "REQUEST_HEADER_MODIFIER"
	// ResponseHeaderModifier.
	HttpRouteSpecRulesFiltersType_RESPONSE_HEADER_MODIFIER HttpRouteSpecRulesFiltersType = "RESPONSE_HEADER_MODIFIER"
	// RequestMirror.
	HttpRouteSpecRulesFiltersType_REQUEST_MIRROR HttpRouteSpecRulesFiltersType = "REQUEST_MIRROR"
	// RequestRedirect.
	HttpRouteSpecRulesFiltersType_REQUEST_REDIRECT HttpRouteSpecRulesFiltersType = "REQUEST_REDIRECT"
	// URLRewrite.
	HttpRouteSpecRulesFiltersType_URL_REWRITE HttpRouteSpecRulesFiltersType = "URL_REWRITE"
	// ExtensionRef.
	HttpRouteSpecRulesFiltersType_EXTENSION_REF HttpRouteSpecRulesFiltersType = "EXTENSION_REF"
)

