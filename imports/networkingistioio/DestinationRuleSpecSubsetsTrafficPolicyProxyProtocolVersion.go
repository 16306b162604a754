package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyProxyProtocolVersion string

const (
	// V1.
	DestinationRuleSpecSubsetsTrafficPolicyProxyProtocolVersion_V1 DestinationRuleSpecSubsetsTrafficPolicyProxyProtocolVersion = "V1"
	// V2.
	DestinationRuleSpecSubsetsTrafficPolicyProxyProtocolVersion_V2 DestinationRuleSpecSubsetsTrafficPolicyProxyProtocolVersion = "V2"
)

