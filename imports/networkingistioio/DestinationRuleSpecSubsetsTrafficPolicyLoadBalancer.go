package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyLoadBalancer struct {
	ConsistentHash *DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHash `field:"optional" json:"consistentHash" yaml:"consistentHash"`
	LocalityLbSetting *DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerLocalityLbSetting `field:"optional" json:"localityLbSetting" yaml:"localityLbSetting"`
	Simple DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerSimple `field:"optional" json:"simple" yaml:"simple"`
	Warmup *DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerWarmup `field:"optional" json:"warmup" yaml:"warmup"`
	WarmupDurationSecs *string `field:"optional" json:"warmupDurationSecs" yaml:"warmupDurationSecs"`
}

