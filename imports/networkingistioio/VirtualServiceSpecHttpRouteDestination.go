package networkingistioio


type VirtualServiceSpecHttpRouteDestination struct {
	Host *string `field:"required" json:"host" yaml:"host"`
	Port *VirtualServiceSpecHttpRouteDestinationPort `field:"optional" json:"port" yaml:"port"`
	Subset *string `field:"optional" json:"subset" yaml:"subset"`
}

