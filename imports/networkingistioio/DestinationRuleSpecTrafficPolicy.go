package networkingistioio


type DestinationRuleSpecTrafficPolicy struct {
	ConnectionPool *DestinationRuleSpecTrafficPolicyConnectionPool `field:"optional" json:"connectionPool" yaml:"connectionPool"`
	LoadBalancer *DestinationRuleSpecTrafficPolicyLoadBalancer `field:"optional" json:"loadBalancer" yaml:"loadBalancer"`
	OutlierDetection *DestinationRuleSpecTrafficPolicyOutlierDetection `field:"optional" json:"outlierDetection" yaml:"outlierDetection"`
	PortLevelSettings *[]*DestinationRuleSpecTrafficPolicyPortLevelSettings `field:"optional" json:"portLevelSettings" yaml:"portLevelSettings"`
	ProxyProtocol *DestinationRuleSpecTrafficPolicyProxyProtocol `field:"optional" json:"proxyProtocol" yaml:"proxyProtocol"`
	RetryBudget *DestinationRuleSpecTrafficPolicyRetryBudget `field:"optional" json:"retryBudget" yaml:"retryBudget"`
	Tls *DestinationRuleSpecTrafficPolicyTls `field:"optional" json:"tls" yaml:"tls"`
	Tunnel *DestinationRuleSpecTrafficPolicyTunnel `field:"optional" json:"tunnel" yaml:"tunnel"`
}

