package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersRequestRedirectStatusCode string

const (
	// 301.
	HttpRouteSpecRulesFiltersRequestRedirectStatusCode_VALUE_301 HttpRouteSpecRulesFiltersRequestRedirectStatusCode = "VALUE_301"
	// 302.
	HttpRouteSpecRulesFiltersRequestRedirectStatusCode_VALUE_302 HttpRouteSpecRulesFiltersRequestRedirectStatusCode = "VALUE_302"
)

