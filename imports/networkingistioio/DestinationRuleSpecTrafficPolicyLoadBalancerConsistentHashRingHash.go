package networkingistioio


type DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHashRingHash struct {
	MinimumRingSize *float64 `field:"optional" json:"minimumRingSize" yaml:"minimumRingSize"`
}

