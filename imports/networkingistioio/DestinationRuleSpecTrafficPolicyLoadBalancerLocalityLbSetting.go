package networkingistioio


type DestinationRuleSpecTrafficPolicyLoadBalancerLocalityLbSetting struct {
	Distribute *[]*DestinationRuleSpecTrafficPolicyLoadBalancerLocalityLbSettingDistribute `field:"optional" json:"distribute" yaml:"distribute"`
	Enabled *bool `field:"optional" json:"enabled" yaml:"enabled"`
	Failover *[]*DestinationRuleSpecTrafficPolicyLoadBalancerLocalityLbSettingFailover `field:"optional" json:"failover" yaml:"failover"`
	FailoverPriority *[]*string `field:"optional" json:"failoverPriority" yaml:"failoverPriority"`
}

