package networkingistioio


type VirtualServiceSpecHttpFault struct {
	Abort *VirtualServiceSpecHttpFaultAbort `field:"optional" json:"abort" yaml:"abort"`
	Delay *VirtualServiceSpecHttpFaultDelay `field:"optional" json:"delay" yaml:"delay"`
}

