package networkingistioio


type VirtualServiceSpecHttpFaultDelayPercentage struct {
	Value *float64 `field:"optional" json:"value" yaml:"value"`
}

