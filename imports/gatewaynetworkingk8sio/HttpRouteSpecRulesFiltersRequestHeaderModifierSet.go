package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersRequestHeaderModifierSet struct {
	Name *string `field:"required" json:"name" yaml:"name"`
	Value *string `field:"required" json:"value" yaml:"value"`
}

