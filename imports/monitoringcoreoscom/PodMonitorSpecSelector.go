package monitoringcoreoscom


type PodMonitorSpecSelector struct {
	MatchExpressions *[]*PodMonitorSpecSelectorMatchExpressions `field:"optional" json:"matchExpressions" yaml:"matchExpressions"`
	MatchLabels *map[string]*string `field:"optional" json:"matchLabels" yaml:"matchLabels"`
}

