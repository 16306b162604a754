package gatewaynetworkingk8sio


type HttpRouteSpecRulesMatchesHeadersType string

const (
	// Exact.
	HttpRouteSpecRulesMatchesHeadersType_EXACT HttpRouteSpecRulesMatchesHeadersType = "EXACT"
	// RegularExpression.
	HttpRouteSpecRulesMatchesHeadersType_REGULAR_EXPRESSION HttpRouteSpecRulesMatchesHeadersType = "REGULAR_EXPRESSION"
)

