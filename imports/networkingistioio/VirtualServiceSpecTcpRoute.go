package networkingistioio


type VirtualServiceSpecTcpRoute struct {
	Destination *VirtualServiceSpecTcpRouteDestination `field:"required" json:"destination" yaml:"destination"`
	Weight *float64 `field:"optional" json:"weight" yaml:"weight"`
}

