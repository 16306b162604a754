package networkingistioio


type VirtualServiceSpecTcpRouteDestination struct {
	Host *string `field:"required" json:"host" yaml:"host"`
	Port *VirtualServiceSpecTcpRouteDestinationPort `field:"optional" json:"port" yaml:"port"`
	Subset *string `field:"optional" json:"subset" yaml:"subset"`
}

