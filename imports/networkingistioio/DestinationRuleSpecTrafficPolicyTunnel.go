package networkingistioio


type DestinationRuleSpecTrafficPolicyTunnel struct {
	TargetHost *string `field:"required" json:"targetHost" yaml:"targetHost"`
	TargetPort *float64 `field:"required" json:"targetPort" yaml:"targetPort"`
	Protocol *string `field:"optional" json:"protocol" yaml:"protocol"`
}

