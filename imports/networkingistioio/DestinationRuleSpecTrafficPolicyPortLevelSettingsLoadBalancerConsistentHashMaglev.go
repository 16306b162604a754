package networkingistioio


type DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashMaglev struct {
	TableSize *float64 `field:"optional" json:"tableSize" yaml:"tableSize"`
}

