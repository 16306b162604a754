package gatewaynetworkingk8sio


type HttpRouteSpecRulesBackendRefsFiltersRequestMirror struct {
	BackendRef *HttpRouteSpecRulesBackendRefsFiltersRequestMirrorBackendRef `field:"required" json:"backendRef" yaml:"backendRef"`
	Fraction *HttpRouteSpecRulesBackendRefsFiltersRequestMirrorFraction `field:"optional" json:"fraction" yaml:"fraction"`
	Percent *float64 `field:"optional" json:"percent" yaml:"percent"`
}

