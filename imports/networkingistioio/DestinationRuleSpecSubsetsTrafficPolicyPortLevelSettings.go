package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettings struct {
	ConnectionPool *DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPool `field:"optional" json:"connectionPool" yaml:"connectionPool"`
	LoadBalancer *DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancer `field:"optional" json:"loadBalancer" yaml:"loadBalancer"`
	OutlierDetection *DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsOutlierDetection `field:"optional" json:"outlierDetection" yaml:"outlierDetection"`
	Port *DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsPort `field:"optional" json:"port" yaml:"port"`
	Tls *DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsTls `field:"optional" json:"tls" yaml:"tls"`
}

