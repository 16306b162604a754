package networkingistioio


type DestinationRuleSpecTrafficPolicyLoadBalancerConsistentHashMaglev struct {
	TableSize *float64 `field:"optional" json:"tableSize" yaml:"tableSize"`
}

