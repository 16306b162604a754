package networkingistioio


type VirtualServiceSpecHttpRouteDestinationPort struct {
	Number *float64 `field:"optional" json:"number" yaml:"number"`
}

