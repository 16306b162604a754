package gatewaynetworkingk8sio


type BackendTlsPolicySpecValidationCaCertificateRefs struct {
	Group *string `field:"required" json:"group" yaml:"group"`
	Kind *string `field:"required" json:"kind" yaml:"kind"`
	Name *string `field:"required" json:"name" yaml:"name"`
}

