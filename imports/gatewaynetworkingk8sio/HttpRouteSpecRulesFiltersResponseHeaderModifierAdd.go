package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersResponseHeaderModifierAdd struct {
	Name *string `field:"required" json:"name" yaml:"name"`
	Value *string `field:"required" json:"value" yaml:"value"`
}

