package networkingistioio


type DestinationRuleSpecTrafficPolicyLoadBalancer struct {
	ConsistentHash *DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHash `field:"optional" json:"consistentHash" yaml:"consistentHash"`
	LocalityLbSetting *DestinationRuleSpecTrafficPolicyLoadBalancerLocalityLbSetting `field:"optional" json:"localityLbSetting" yaml:"localityLbSetting"`
	Simple DestinationRuleSpecTrafficPolicyLoadBalancerSimple `field:"optional" json:"simple" yaml:"simple"`
	Warmup *DestinationRuleSpecTrafficPolicyLoadBalancerWarmup `field:"optional" json:"warmup" yaml:"warmup"`
	WarmupDurationSecs *string `field:"optional" json:"warmupDurationSecs" yaml:"warmupDurationSecs"`
}

