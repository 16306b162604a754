package gatewaynetworkingk8sio


type HttpRouteSpecRulesBackendRefsFiltersUrlRewrite struct {
	Hostname *string `field:"optional" json:"hostname" yaml:"hostname"`
	Path *HttpRouteSpecRulesBackendRefsFiltersUrlRewritePath `field:"optional" json:"path" yaml:"path"`
}

