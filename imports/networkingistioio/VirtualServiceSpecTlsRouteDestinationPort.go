package networkingistioio


type VirtualServiceSpecTlsRouteDestinationPort struct {
	Number *float64 `field:"optional" json:"number" yaml:"number"`
}

