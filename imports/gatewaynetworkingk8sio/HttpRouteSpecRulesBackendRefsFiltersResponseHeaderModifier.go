package gatewaynetworkingk8sio


type HttpRouteSpecRulesBackendRefsFiltersResponseHeaderModifier struct {
	Add *[]*HttpRouteSpecRulesBackendRefsFiltersResponseHeaderModifierAdd `field:"optional" json:"add" yaml:"add"`
	Remove *[]*string `field:"optional" json:"remove" yaml:"remove"`
	Set *[]*HttpRouteSpecRulesBackendRefsFiltersResponseHeaderModifierSet `field:"optional" json:"set" yaml:"set"`
}

