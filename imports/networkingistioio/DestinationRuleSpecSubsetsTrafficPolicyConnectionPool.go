package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyConnectionPool struct {
	Http *DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolHttp `field:"optional" json:"http" yaml:"http"`
	Tcp *DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolTcp `field:"optional" json:"tcp" yaml:"tcp"`
}

