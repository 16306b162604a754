package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyTlsMode string

const (
	// DISABLE.
	DestinationRuleSpecSubsetsTrafficPolicyTlsMode_DISABLE DestinationRuleSpecSubsetsTrafficPolicyTlsMode = "DISABLE"
	// SIMPLE.
	DestinationRuleSpecSubsetsTrafficPolicyTlsMode_SIMPLE DestinationRuleSpecSubsetsTrafficPolicyTlsMode = "SIMPLE"
	// MUTUAL.
	DestinationRuleSpecSubsetsTrafficPolicyTlsMode_MUTUAL DestinationRuleSpecSubsetsTrafficPolicyTlsMode = "MUTUAL"
	// ISTIO_MUTUAL.
	DestinationRuleSpecSubsetsTrafficPolicyTlsMode_ISTIO_UNDERSCORE_MUTUAL DestinationRuleSpecSubsetsTrafficPolicyTlsMode = "ISTIO_UNDERSCORE_MUTUAL"
)

