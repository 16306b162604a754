package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerLocalityLbSetting struct {
	Distribute *[]*DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerLocalityLbSettingDistribute `field:"optional" json:"distribute" yaml:"distribute"`
	Enabled *bool `field:"optional" json:"enabled" yaml:"enabled"`
	Failover *[]*DestinationRuleSpecSubsetsTrafficPolicyLoadBalancerLocalityLbSettingFailover `field:"optional" json:"failover" yaml:"failover"`
	FailoverPriority *[]*string `field:"optional" json:"failoverPriority" yaml:"failoverPriority"`
}

