package networkingistioio


type VirtualServiceSpecHttpFaultDelay struct {
	ExponentialDelay *string `field:"optional" json:"exponentialDelay" yaml:"exponentialDelay"`
	FixedDelay *string `field:"optional" json:"fixedDelay" yaml:"fixedDelay"`
	Percent *float64 `field:"optional" json:"percent" yaml:"percent"`
	Percentage *VirtualServiceSpecHttpFaultDelayPercentage `field:"optional" json:"percentage" yaml:"percentage"`
}

