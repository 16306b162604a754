package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersUrlRewritePathType string

const (
	// ReplaceFullPath.
	HttpRouteSpecRulesFiltersUrlRewritePathType_REPLACE_FULL_PATH HttpRouteSpecRulesFiltersUrlRewritePathType = "REPLACE_FULL_PATH"
	// ReplacePrefixMatch.
	HttpRouteSpecRulesFiltersUrlRewritePathType_REPLACE_PREFIX_MATCH HttpRouteSpecRulesFiltersUrlRewritePathType = "REPLACE_PREFIX_MATCH"
)

