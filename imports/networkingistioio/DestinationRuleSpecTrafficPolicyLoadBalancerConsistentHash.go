package networkingistioio


type DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHash struct {
	HttpCookie *DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHashHttpCookie `field:"optional" json:"httpCookie" yaml:"httpCookie"`
	HttpHeaderName *string `field:"optional" json:"httpHeaderName" yaml:"httpHeaderName"`
	HttpQueryParameterName *string `field:"optional" json:"httpQueryParameterName" yaml:"httpQueryParameterName"`
	Maglev *DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHashMaglev `field:"optional" json:"maglev" yaml:"maglev"`
	MinimumRingSize *float64 `field:"optional" json:"minimumRingSize" yaml:"minimumRingSize"`
	RingHash *DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHashRingHash `field:"optional" json:"ringHash" yaml:"ringHash"`
	UseSourceIp *bool `field:"optional" json:"useSourceIp" yaml:"useSourceIp"`
}

