package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsPort struct {
	Number *float64 `field:"optional" json:"number" yaml:"number"`
}

