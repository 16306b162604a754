package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersUrlRewrite struct {
	Hostname *string `field:"optional" json:"hostname" yaml:"hostname"`
	Path *HttpRouteSpecRulesFiltersUrlRewritePath `field:"optional" json:"path" yaml:"path"`
}

