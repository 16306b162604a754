package networkingistioio


type DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancerLocalityLbSettingDistribute struct {
	From *string `field:"optional" json:"from" yaml:"from"`
	To *map[string]*float64 `field:"optional" json:"to" yaml:"to"`
}

