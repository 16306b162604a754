package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHash struct {
	HttpCookie *DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHashHttpCookie `field:"optional" json:"httpCookie" yaml:"httpCookie"`
	HttpHeaderName *string `field:"optional" json:"httpHeaderName" yaml:"httpHeaderName"`
	HttpQueryParameterName *string `field:"optional" json:"httpQueryParameterName" yaml:"httpQueryParameterName"`
	Maglev *DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHashMaglev `field:"optional" json:"maglev" yaml:"maglev"`
	MinimumRingSize *float64 `field:"optional" json:"minimumRingSize" yaml:"minimumRingSize"`
	RingHash *DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHashRingHash `field:"optional" json:"ringHash" yaml:"ringHash"`
	UseSourceIp *bool `field:"optional" json:"useSourceIp" yaml:"useSourceIp"`
}

