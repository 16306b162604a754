package networkingistioio


type VirtualServiceSpecHttpMirrorsPercentage struct {
	Value *float64 `field:"optional" json:"value" yaml:"value"`
}

