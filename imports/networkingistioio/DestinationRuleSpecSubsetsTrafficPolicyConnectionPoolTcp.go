package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolTcp struct {
	ConnectTimeout *string `field:"optional" json:"connectTimeout" yaml:"connectTimeout"`
	IdleTimeout *string `field:"optional" json:"idleTimeout" yaml:"idleTimeout"`
	MaxConnectionDuration *string `field:"optional" json:"maxConnectionDuration" yaml:"maxConnectionDuration"`
	MaxConnections *float64 `field:"optional" json:"maxConnections" yaml:"maxConnections"`
	TcpKeepalive *DestinationRuleSpecSubsetsTrafficPolicyConnectionPoolTcpTcpKeepalive `field:"optional" json:"tcpKeepalive" yaml:"tcpKeepalive"`
}

