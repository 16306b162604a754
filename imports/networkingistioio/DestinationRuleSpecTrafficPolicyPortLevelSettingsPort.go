package networkingistioio


type DestinationRuleSpecTrafficPolicyPortLevelSettingsPort struct {
	Number *float64 `field:"optional" json:"number" yaml:"number"`
}

