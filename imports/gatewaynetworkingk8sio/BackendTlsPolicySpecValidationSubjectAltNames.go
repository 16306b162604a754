package gatewaynetworkingk8sio


type BackendTlsPolicySpecValidationSubjectAltNames struct {
	Type BackendTlsPolicySpecValidationSubjectAltNamesType `field:"required" json:"type" yaml:"type"`
	Hostname *string `field:"optional" json:"hostname" yaml:"hostname"`
	Uri *string `field:"optional" json:"uri" yaml:"uri"`
}

