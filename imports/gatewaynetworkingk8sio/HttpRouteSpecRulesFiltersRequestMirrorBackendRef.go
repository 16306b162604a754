package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersRequestMirrorBackendRef struct {
	Name *string `field:"required" json:"name" yaml:"name"`
	Group *string `field:"optional" json:"group" yaml:"group"`
	Kind *string `field:"optional" json:"kind" yaml:"kind"`
	Namespace *string `field:"optional" json:"namespace" yaml:"namespace"`
	Port *float64 `field:"optional" json:"port" yaml:"port"`
}

