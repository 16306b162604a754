package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashMaglev struct {
	TableSize *float64 `field:"optional" json:"tableSize" yaml:"tableSize"`
}

