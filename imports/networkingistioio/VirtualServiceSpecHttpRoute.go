package networkingistioio


type VirtualServiceSpecHttpRoute struct {
	Destination *VirtualServiceSpecHttpRouteDestination `field:"required" json:"destination" yaml:"destination"`
	Headers *VirtualServiceSpecHttpRouteHeaders `field:"optional" json:"headers" yaml:"headers"`
	Weight *float64 `field:"optional" json:"weight" yaml:"weight"`
}

