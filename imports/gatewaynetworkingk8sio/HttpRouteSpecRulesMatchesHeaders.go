package gatewaynetworkingk8sio


type HttpRouteSpecRulesMatchesHeaders struct {
	Name *string `field:"required" json:"name" yaml:"name"`
	Value *string `field:"required" json:"value" yaml:"value"`
	Type HttpRouteSpecRulesMatchesHeadersType `field:"optional" json:"type" yaml:"type"`
}

