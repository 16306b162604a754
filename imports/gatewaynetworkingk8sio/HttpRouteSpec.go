package gatewaynetworkingk8sio


type HttpRouteSpec struct {
	Hostnames *[]*string `field:"optional" json:"hostnames" yaml:"hostnames"`
	ParentRefs *[]*HttpRouteSpecParentRefs `field:"optional" json:"parentRefs" yaml:"parentRefs"`
	Rules *[]*HttpRouteSpecRules `field:"optional" json:"rules" yaml:"rules"`
}

