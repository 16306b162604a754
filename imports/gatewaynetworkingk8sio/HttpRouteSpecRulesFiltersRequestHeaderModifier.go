package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersRequestHeaderModifier struct {
	Add *[]*HttpRouteSpecRulesFiltersRequestHeaderModifierAdd `field:"optional" json:"add" yaml:"add"`
	Remove *[]*string `field:"optional" json:"remove" yaml:"remove"`
	Set *[]*HttpRouteSpecRulesFiltersRequestHeaderModifierSet `field:"optional" json:"set" yaml:"set"`
}

