package gatewaynetworkingk8sio


type HttpRouteSpecRulesMatchesPath struct {
	Type HttpRouteSpecRulesMatchesPathType `field:"optional" json:"type" yaml:"type"`
	Value *string `field:"optional" json:"value" yaml:"value"`
}

