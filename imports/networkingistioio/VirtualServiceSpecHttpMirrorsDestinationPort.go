package networkingistioio


type VirtualServiceSpecHttpMirrorsDestinationPort struct {
	Number *float64 `field:"optional" json:"number" yaml:"number"`
}

