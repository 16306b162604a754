package networkingistioio


type DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPool struct {
	Http *DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPoolHttp `field:"optional" json:"http" yaml:"http"`
	Tcp *DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPoolTcp `field:"optional" json:"tcp" yaml:"tcp"`
}

