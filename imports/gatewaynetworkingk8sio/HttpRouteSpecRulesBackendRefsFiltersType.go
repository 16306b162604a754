package gatewaynetworkingk8sio


type HttpRouteSpecRulesBackendRefsFiltersType string

const (
	// RequestHeaderModifier.
	HttpRouteSpecRulesBackendRefsFiltersType_REQUEST_HEADER_MODIFIER HttpRouteSpecRulesBackendRefsFiltersType = "REQUEST_HEADER_MODIFIER"
	// ResponseHeaderModifier.
	HttpRouteSpecRulesBackendRefsFiltersType_RESPONSE_HEADER_MODIFIER HttpRouteSpecRulesBackendRefsFiltersType = "RESPONSE_HEADER_MODIFIER"
	// RequestMirror.
	HttpRouteSpecRulesBackendRefsFiltersType_REQUEST_MIRROR HttpRouteSpecRulesBackendRefsFiltersType = "REQUEST_MIRROR"
	// RequestRedirect.
	HttpRouteSpecRulesBackendRefsFiltersType_REQUEST_REDIRECT HttpRouteSpecRulesBackendRefsFiltersType = "REQUEST_REDIRECT"
	// URLRewrite.
	HttpRouteSpecRulesBackendRefsFiltersType_URL_REWRITE HttpRouteSpecRulesBackendRefsFiltersType = "URL_REWRITE"
	// ExtensionRef.
	HttpRouteSpecRulesBackendRefsFiltersType_EXTENSION_REF HttpRouteSpecRulesBackendRefsFiltersType = "EXTENSION_REF"
)

