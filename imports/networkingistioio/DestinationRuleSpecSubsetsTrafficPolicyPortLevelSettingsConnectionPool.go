package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPool struct {
	Http *DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolHttp `field:"optional" json:"http" yaml:"http"`
	Tcp *DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolTcp `field:"optional" json:"tcp" yaml:"tcp"`
}

