package gatewaynetworkingk8sio


type HttpRouteSpecRulesBackendRefsFiltersRequestRedirect struct {
	Hostname *string `field:"optional" json:"hostname" yaml:"hostname"`
	Path *HttpRouteSpecRulesBackendRefsFiltersRequestRedirectPath `field:"optional" json:"path" yaml:"path"`
	Port *float64 `field:"optional" json:"port" yaml:"port"`
	Scheme HttpRouteSpecRulesBackendRefsFiltersRequestRedirectScheme `field:"optional" json:"scheme" yaml:"scheme"`
	StatusCode HttpRouteSpecRulesBackendRefsFiltersRequestRedirectStatusCode `field:"optional" json:"statusCode" yaml:"statusCode"`
}

