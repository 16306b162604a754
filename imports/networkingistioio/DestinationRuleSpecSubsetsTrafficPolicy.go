package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicy struct {
	ConnectionPool *DestinationRuleSpecSubsetsTrafficPolicyConnectionPool `field:"optional" json:"connectionPool" yaml:"connectionPool"`
	LoadBalancer *DestinationRuleSpecSubsetsTrafficPolicyLoadBalancer `field:"optional" json:"loadBalancer" yaml:"loadBalancer"`
	OutlierDetection *DestinationRuleSpecSubsetsTrafficPolicyOutlierDetection `field:"optional" json:"outlierDetection" yaml:"outlierDetection"`
	PortLevelSettings *[]*DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettings `field:"optional" json:"portLevelSettings" yaml:"portLevelSettings"`
	ProxyProtocol *DestinationRuleSpecSubsetsTrafficPolicyProxyProtocol `field:"optional" json:"proxyProtocol" yaml:"proxyProtocol"`
	RetryBudget *DestinationRuleSpecSubsetsTrafficPolicyRetryBudget `field:"optional" json:"retryBudget" yaml:"retryBudget"`
	Tls *DestinationRuleSpecSubsetsTrafficPolicyTls `field:"optional" json:"tls" yaml:"tls"`
	Tunnel *DestinationRuleSpecSubsetsTrafficPolicyTunnel `field:"optional" json:"tunnel" yaml:"tunnel"`
}

