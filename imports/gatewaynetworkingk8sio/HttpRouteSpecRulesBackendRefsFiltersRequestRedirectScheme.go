package gatewaynetworkingk8sio


type HttpRouteSpecRulesBackendRefsFiltersRequestRedirectScheme string

const (
	// http.
	HttpRouteSpecRulesBackendRefsFiltersRequestRedirectScheme_HTTP HttpRouteSpecRulesBackendRefsFiltersRequestRedirectScheme = "HTTP"
	// https.
	HttpRouteSpecRulesBackendRefsFiltersRequestRedirectScheme_HTTPS HttpRouteSpecRulesBackendRefsFiltersRequestRedirectScheme = "HTTPS"
)

