package gatewaynetworkingk8sio


type HttpRouteSpecRulesBackendRefs struct {
	Name *string `field:"required" json:"name" yaml:"name"`
	Filters *[]*HttpRouteSpecRulesBackendRefsFilters `field:"optional" json:"filters" yaml:"filters"`
	Group *string `field:"optional" json:"group" yaml:"group"`
	Kind *string `field:"optional" json:"kind" yaml:"kind"`
	Namespace *string `field:"optional" json:"namespace" yaml:"namespace"`
	Port *float64 `field:"optional" json:"port" yaml:"port"`
	Weight *float64 `field:"optional" json:"weight" yaml:"weight"`
}

