package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolHttp struct {
	H2UpgradePolicy DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsConnectionPoolHttpH2UpgradePolicy `field:"optional" json:"h2UpgradePolicy" yaml:"h2UpgradePolicy"`
	Http1MaxPendingRequests *float64 `field:"optional" json:"http1MaxPendingRequests" yaml:"http1MaxPendingRequests"`
	Http2MaxRequests *float64 `field:"optional" json:"http2MaxRequests" yaml:"http2MaxRequests"`
	IdleTimeout *string `field:"optional" json:"idleTimeout" yaml:"idleTimeout"`
	MaxConcurrentStreams *float64 `field:"optional" json:"maxConcurrentStreams" yaml:"maxConcurrentStreams"`
	MaxRequestsPerConnection *float64 `field:"optional" json:"maxRequestsPerConnection" yaml:"maxRequestsPerConnection"`
	MaxRetries *float64 `field:"optional" json:"maxRetries" yaml:"maxRetries"`
	UseClientProtocol *bool `field:"optional" json:"useClientProtocol" yaml:"useClientProtocol"`
}

