package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersRequestMirrorFraction struct {
	Numerator *float64 `field:"required" json:"numerator" yaml:"numerator"`
	Denominator *float64 `field:"optional" json:"denominator" yaml:"denominator"`
}

