package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerConsistentHashMaglev struct {
	TableSize *float64 `field:"optional" json:"tableSize" yaml:"tableSize"`
}

