package gatewaynetworkingk8sio


type HttpRouteSpecRulesBackendRefsFiltersUrlRewritePath struct {
	Type HttpRouteSpecRulesBackendRefsFiltersUrlRewritePathType `field:"required" json:"type" yaml:"type"`
	ReplaceFullPath *string `field:"optional" json:"replaceFullPath" yaml:"replaceFullPath"`
	ReplacePrefixMatch *string `field:"optional" json:"replacePrefixMatch" yaml:"replacePrefixMatch"`
}

