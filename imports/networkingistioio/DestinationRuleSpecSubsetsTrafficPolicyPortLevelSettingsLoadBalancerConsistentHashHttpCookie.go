package networkingistioio


type DestinationRuleSpecSubsetsTrafficPolicyPortLevelSettingsLoadBalancerConsistentHashHttpCookie struct {
	Name *string `field:"required" json:"name" yaml:"name"`
	Path *string `field:"optional" json:"path" yaml:"path"`
	Ttl *string `field:"optional" json:"ttl" yaml:"ttl"`
}

