package networkingistioio


type DestinationRuleSpecWorkloadSelector struct {
	MatchLabels *map[string]*string `field:"optional" json:"matchLabels" yaml:"matchLabels"`
}

