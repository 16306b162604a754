package gatewaynetworkingk8sio


type HttpRouteSpecRulesBackendRefsFiltersRequestHeaderModifier struct {
	Add *[]*HttpRouteSpecRulesBackendRefsFiltersRequestHeaderModifierAdd `field:"optional" json:"add" yaml:"add"`
	Remove *[]*string `field:"optional" json:"remove" yaml:"remove"`
	Set *[]*HttpRouteSpecRulesBackendRefsFiltersRequestHeaderModifierSet `field:"optional" json:"set" yaml:"set"`
}

