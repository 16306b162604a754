package networkingistioio


type DestinationRuleSpecTrafficPolicyConnectionPool struct {
	Http *DestinationRuleSpecTrafficPolicyConnectionPoolHttp `field:"optional" json:"http" yaml:"http"`
	Tcp *DestinationRuleSpecTrafficPolicyConnectionPoolTcp `field:"optional" json:"tcp" yaml:"tcp"`
}

