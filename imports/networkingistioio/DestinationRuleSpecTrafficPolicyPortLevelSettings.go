package networkingistioio


type DestinationRuleSpecTrafficPolicyPortLevelSettings struct {
	ConnectionPool *DestinationRuleSpecTrafficPolicyPortLevelSettingsConnectionPool `field:"optional" json:"connectionPool" yaml:"connectionPool"`
	LoadBalancer *DestinationRuleSpecTrafficPolicyPortLevelSettingsLoadBalancer `field:"optional" json:"loadBalancer" yaml:"loadBalancer"`
	OutlierDetection *DestinationRuleSpecTrafficPolicyPortLevelSettingsOutlierDetection `field:"optional" json:"outlierDetection" yaml:"outlierDetection"`
	Port *DestinationRuleSpecTrafficPolicyPortLevelSettingsPort `field:"optional" json:"port" yaml:"port"`
	Tls *DestinationRuleSpecTrafficPolicyPortLevelSettingsTls `field:"optional" json:"tls" yaml:"tls"`
}

