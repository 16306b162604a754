package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancer struct {
	ConsistentHash *DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerConsistentHash `field:"optional" json:"consistentHash" yaml:"consistentHash"`
	LocalityLbSetting *DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSetting `field:"optional" json:"localityLbSetting" yaml:"localityLbSetting"`
	Simple DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerSimple `field:"optional" json:"simple" yaml:"simple"`
	Warmup *DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerWarmup `field:"optional" json:"warmup" yaml:"warmup"`
	WarmupDurationSecs *string `field:"optional" json:"warmupDurationSecs" yaml:"warmupDurationSecs"`
}

