package gatewaynetworkingk8sio


type BackendTlsPolicySpec struct {
	TargetRefs *[]*BackendTlsPolicySpecTargetRefs `field:"required" json:"targetRefs" yaml:"targetRefs"`
	Validation *BackendTlsPolicySpecValidation `field:"required" json:"validation" yaml:"validation"`
	Options *map[string]*string `field:"optional" json:"options" yaml:"options"`
}

