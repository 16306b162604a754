package networkingistioio


type VirtualServiceSpecHttpMirrorsDestination struct {
	Host *string `field:"required" json:"host" yaml:"host"`
	Port *VirtualServiceSpecHttpMirrorsDestinationPort `field:"optional" json:"port" yaml:"port"`
	Subset *string `field:"optional" json:"subset" yaml:"subset"`
}

