package networkingistioio


type VirtualServiceSpecHttpMirrorPort struct {
	Number *float64 `field:"optional" json:"number" yaml:"number"`
}

