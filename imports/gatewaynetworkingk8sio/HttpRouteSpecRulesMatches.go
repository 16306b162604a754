package gatewaynetworkingk8sio


type HttpRouteSpecRulesMatches struct {
	Headers *[]*HttpRouteSpecRulesMatchesHeaders `field:"optional" json:"headers" yaml:"headers"`
	Method HttpRouteSpecRulesMatchesMethod `field:"optional" json:"method" yaml:"method"`
	Path *HttpRouteSpecRulesMatchesPath `field:"optional" json:"path" yaml:"path"`
	QueryParams *[]*HttpRouteSpecRulesMatchesQueryParams `field:"optional" json:"queryParams" yaml:"queryParams"`
}

