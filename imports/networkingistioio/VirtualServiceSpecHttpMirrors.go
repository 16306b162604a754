package networkingistioio


type VirtualServiceSpecHttpMirrors struct {
	Destination *VirtualServiceSpecHttpMirrorsDestination `field:"required" json:"destination" yaml:"destination"`
	Percentage *VirtualServiceSpecHttpMirrorsPercentage `field:"optional" json:"percentage" yaml:"percentage"`
}

