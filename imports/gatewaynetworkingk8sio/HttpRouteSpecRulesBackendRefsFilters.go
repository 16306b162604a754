package gatewaynetworkingk8sio


type HttpRouteSpecRulesBackendRefsFilters struct {
	Type HttpRouteSpecRulesBackendRefsFiltersType `field:"required" json:"type" yaml:"type"`
	ExtensionRef *HttpRouteSpecRulesBackendRefsFiltersExtensionRef `field:"optional" json:"extensionRef" yaml:"extensionRef"`
	RequestHeaderModifier *HttpRouteSpecRulesBackendRefsFiltersRequestHeaderModifier `field:"optional" json:"requestHeaderModifier" yaml:"requestHeaderModifier"`
	RequestMirror *HttpRouteSpecRulesBackendRefsFiltersRequestMirror `field:"optional" json:"requestMirror" yaml:"requestMirror"`
	RequestRedirect *HttpRouteSpecRulesBackendRefsFiltersRequestRedirect `field:"optional" json:"requestRedirect" yaml:"requestRedirect"`
	ResponseHeaderModifier *HttpRouteSpecRulesBackendRefsFiltersResponseHeaderModifier `field:"optional" json:"responseHeaderModifier" yaml:"responseHeaderModifier"`
	UrlRewrite *HttpRouteSpecRulesBackendRefsFiltersUrlRewrite `field:"optional" json:"urlRewrite" yaml:"urlRewrite"`
}

