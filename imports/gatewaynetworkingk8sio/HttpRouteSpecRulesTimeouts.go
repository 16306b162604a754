package gatewaynetworkingk8sio


type HttpRouteSpecRulesTimeouts struct {
	BackendRequest *string `field:"optional" json:"backendRequest" yaml:"backendRequest"`
	Request *string `field:"optional" json:"request" yaml:"request"`
}

