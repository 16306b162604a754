package networkingistioio


type VirtualServiceSpecTcpRouteDestinationPort struct {
	Number *float64 `field:"optional" json:"number" yaml:"number"`
}

