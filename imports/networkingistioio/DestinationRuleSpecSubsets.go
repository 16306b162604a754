package networkingistioio


type DestinationRuleSpecSubsets struct {
	Name *string `field:"required" json:"name" yaml:"name"`
	Labels *map[string]*string `field:"optional" json:"labels" yaml:"labels"`
	TrafficPolicy *DestinationRuleSpecSubsetsTrafficPolicy `field:"optional" json:"trafficPolicy" yaml:"trafficPolicy"`
}

