package gatewaynetworkingk8sio


type HttpRouteSpecRulesMatchesPathType string

const (
	// Exact.
	HttpRouteSpecRulesMatchesPathType_EXACT HttpRouteSpecRulesMatchesPathType = "EXACT"
	// PathPrefix.
	HttpRouteSpecRulesMatchesPathType_PATH_PREFIX HttpRouteSpecRulesMatchesPathType = "PATH_PREFIX"
	// RegularExpression.
	HttpRouteSpecRulesMatchesPathType_REGULAR_EXPRESSION HttpRouteSpecRulesMatchesPathType = "REGULAR_EXPRESSION"
)

