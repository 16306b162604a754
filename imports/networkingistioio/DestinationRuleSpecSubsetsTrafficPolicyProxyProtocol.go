package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyProxyProtocol struct {
	Version DestinationRuleSpecSubsetsTrafficPolicyProxyProtocolVersion `field:"optional" json:"version" yaml:"version"`
}

