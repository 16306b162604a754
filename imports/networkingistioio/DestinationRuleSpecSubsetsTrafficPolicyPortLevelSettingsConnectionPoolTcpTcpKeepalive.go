package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolTcpTcpKeepalive struct {
	Interval *string `field:"optional" json:"interval" yaml:"interval"`
	Probes *float64 `field:"optional" json:"probes" yaml:"probes"`
	Time *string `field:"optional" json:"time" yaml:"time"`
}

