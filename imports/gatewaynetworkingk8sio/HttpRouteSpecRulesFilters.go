package gatewaynetworkingk8sio


type HttpRouteSpecRulesFilters struct {
	Type HttpRouteSpecRulesFiltersType `field:"required" json:"type" yaml:"type"`
	ExtensionRef *HttpRouteSpecRulesFiltersExtensionRef `field:"optional" json:"extensionRef" yaml:"extensionRef"`
	RequestHeaderModifier *HttpRouteSpecRulesFiltersRequestHeaderModifier `field:"optional" json:"requestHeaderModifier" yaml:"requestHeaderModifier"`
	RequestMirror *HttpRouteSpecRulesFiltersRequestMirror `field:"optional" json:"requestMirror" yaml:"requestMirror"`
	RequestRedirect *HttpRouteSpecRulesFiltersRequestRedirect `field:"optional" json:"requestRedirect" yaml:"requestRedirect"`
	ResponseHeaderModifier *HttpRouteSpecRulesFiltersResponseHeaderModifier `field:"optional" json:"responseHeaderModifier" yaml:"responseHeaderModifier"`
	UrlRewrite *HttpRouteSpecRulesFiltersUrlRewrite `field:"optional" json:"urlRewrite" yaml:"urlRewrite"`
}

