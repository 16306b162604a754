package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersRequestRedirectPath struct {
	Type HttpRouteSpecRulesFiltersRequestRedirectPathType `field:"required" json:"type" yaml:"type"`
	ReplaceFullPath *string `field:"optional" json:"replaceFullPath" yaml:"replaceFullPath"`
	ReplacePrefixMatch *string `field:"optional" json:"replacePrefixMatch" yaml:"replacePrefixMatch"`
}

