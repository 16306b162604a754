package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersResponseHeaderModifier struct {
	Add *[]*HttpRouteSpecRulesFiltersResponseHeaderModifierAdd `field:"optional" json:"add" yaml:"add"`
	Remove *[]*string `field:"optional" json:"remove" yaml:"remove"`
	Set *[]*HttpRouteSpecRulesFiltersResponseHeaderModifierSet `field:"optional" json:"set" yaml:"set"`
}

