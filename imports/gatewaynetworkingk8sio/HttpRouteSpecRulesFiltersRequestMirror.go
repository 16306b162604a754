package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersRequestMirror struct {
	BackendRef *HttpRouteSpecRulesFiltersRequestMirrorBackendRef `field:"required" json:"backendRef" yaml:"backendRef"`
	Fraction *HttpRouteSpecRulesFiltersRequestMirrorFraction `field:"optional" json:"fraction" yaml:"fraction"`
	Percent *float64 `field:"optional" json:"percent" yaml:"percent"`
}

