package networkingistioio


type DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashRingHash struct {
	MinimumRingSize *float64 `field:"optional" json:"minimumRingSize" yaml:"minimumRingSize"`
}

