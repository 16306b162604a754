package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerWarmup struct {
	Duration *string `field:"required" json:"duration" yaml:"duration"`
	Aggression *float64 `field:"optional" json:"aggression" yaml:"aggression"`
	MinimumPercent *float64 `field:"optional" json:"minimumPercent" yaml:"minimumPercent"`
}

