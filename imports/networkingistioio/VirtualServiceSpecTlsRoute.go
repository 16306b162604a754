package networkingistioio


type VirtualServiceSpecTlsRoute struct {
	Destination *VirtualServiceSpecTlsRouteDestination `field:"required" json:"destination" yaml:"destination"`
	Weight *float64 `field:"optional" json:"weight" yaml:"weight"`
}

