package networkingistioio


type DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancer struct {
	ConsistentHash *DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerConsistentHash `field:"optional" json:"consistentHash" yaml:"consistentHash"`
	LocalityLbSetting *DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSetting `field:"optional" json:"localityLbSetting" yaml:"localityLbSetting"`
	Simple DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerSimple `field:"optional" json:"simple" yaml:"simple"`
	Warmup *DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerWarmup `field:"optional" json:"warmup" yaml:"warmup"`
	WarmupDurationSecs *string `field:"optional" json:"warmupDurationSecs" yaml:"warmupDurationSecs"`
}

