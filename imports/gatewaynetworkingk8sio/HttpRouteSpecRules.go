package gatewaynetworkingk8sio


type HttpRouteSpecRules struct {
	BackendRefs *[]*HttpRouteSpecRulesBackendRefs `field:"optional" json:"backendRefs" yaml:"backendRefs"`
	Filters *[]*HttpRouteSpecRulesFilters `field:"optional" json:"filters" yaml:"filters"`
	Matches *[]*HttpRouteSpecRulesMatches `field:"optional" json:"matches" yaml:"matches"`
	Name *string `field:"optional" json:"name" yaml:"name"`
	Timeouts *HttpRouteSpecRulesTimeouts `field:"optional" json:"timeouts" yaml:"timeouts"`
}

