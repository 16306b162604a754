package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerLocalityLbSettingFailover struct {
	From *string `field:"optional" json:"from" yaml:"from"`
	To *string `field:"optional" json:"to" yaml:"to"`
}

