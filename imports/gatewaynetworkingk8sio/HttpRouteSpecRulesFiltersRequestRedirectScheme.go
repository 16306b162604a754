package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersRequestRedirectScheme string

const (
	// http.
	HttpRouteSpecRulesFiltersRequestRedirectScheme_HTTP HttpRouteSpecRulesFiltersRequestRedirectScheme = "HTTP"
	// https.
	HttpRouteSpecRulesFiltersRequestRedirectScheme_HTTPS HttpRouteSpecRulesFiltersRequestRedirectScheme = "HTTPS"
)

