package networkingistioio


type VirtualServiceSpecTlsRouteDestination struct {
	Host *string `field:"required" json:"host" yaml:"host"`
	Port *VirtualServiceSpecTlsRouteDestinationPort `field:"optional" json:"port" yaml:"port"`
	Subset *string `field:"optional" json:"subset" yaml:"subset"`
}

