package networkingistioio


type DestinationRuleSpecTrafficPolicyRetryBudget struct {
	MinRetryConcurrency *float64 `field:"optional" json:"minRetryConcurrency" yaml:"minRetryConcurrency"`
	Percent *float64 `field:"optional" json:"percent" yaml:"percent"`
}

