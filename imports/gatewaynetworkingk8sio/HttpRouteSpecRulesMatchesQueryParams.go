package gatewaynetworkingk8sio


type HttpRouteSpecRulesMatchesQueryParams struct {
	Name *string `field:"required" json:"name" yaml:"name"`
	Value *string `field:"required" json:"value" yaml:"value"`
	Type HttpRouteSpecRulesMatchesQueryParamsType `field:"optional" json:"type" yaml:"type"`
}

