package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyRetryBudget struct {
	MinRetryConcurrency *float64 `field:"optional" json:"minRetryConcurrency" yaml:"minRetryConcurrency"`
	Percent *float64 `field:"optional" json:"percent" yaml:"percent"`
}

