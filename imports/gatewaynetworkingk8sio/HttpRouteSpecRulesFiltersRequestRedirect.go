package gatewaynetworkingk8sio


type HttpRouteSpecRulesFiltersRequestRedirect struct {
	Hostname *string `field:"optional" json:"hostname" yaml:"hostname"`
	Path *HttpRouteSpecRulesFiltersRequestRedirectPath `field:"optional" json:"path" yaml:"path"`
	Port *float64 `field:"optional" json:"port" yaml:"port"`
	Scheme HttpRouteSpecRulesFiltersRequestRedirectScheme `field:"optional" json:"scheme" yaml:"scheme"`
	StatusCode HttpRouteSpecRulesFiltersRequestRedirectStatusCode `field:"optional" json:"statusCode" yaml:"statusCode"`
}

