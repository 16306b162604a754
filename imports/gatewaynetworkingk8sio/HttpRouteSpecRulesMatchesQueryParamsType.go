package gatewaynetworkingk8sio


type HttpRouteSpecRulesMatchesQueryParamsType string

const (
	// Exact.
	HttpRouteSpecRulesMatchesQueryParamsType_EXACT HttpRouteSpecRulesMatchesQueryParamsType = "EXACT"
	// RegularExpression.
	HttpRouteSpecRulesMatchesQueryParamsType_REGULAR_EXPRESSION HttpRouteSpecRulesMatchesQueryParamsType = "REGULAR_EXPRESSION"
)

