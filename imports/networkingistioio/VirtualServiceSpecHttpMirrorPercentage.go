package networkingistioio


type VirtualServiceSpecHttpMirrorPercentage struct {
	Value *float64 `field:"optional" json:"value" yaml:"value"`
}

