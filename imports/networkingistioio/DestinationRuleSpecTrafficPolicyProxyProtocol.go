package networkingistioio


type DestinationRuleSpecTrafficPolicyProxyProtocol struct {
	Version DestinationRuleSpecTrafficPolicyProxyProtocolVersion `field:"optional" json:"version" yaml:"version"`
}

