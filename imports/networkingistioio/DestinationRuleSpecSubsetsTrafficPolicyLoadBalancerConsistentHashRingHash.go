package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHashRingHash struct {
	MinimumRingSize *float64 `field:"optional" json:"minimumRingSize" yaml:"minimumRingSize"`
}

