package networkingistioio


type VirtualServiceSpecHttpFaultAbortPercentage struct {
	Value *float64 `field:"optional" json:"value" yaml:"value"`
}

