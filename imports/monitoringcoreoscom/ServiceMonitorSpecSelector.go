package monitoringcoreoscom


type ServiceMonitorSpecSelector struct {
	MatchExpressions *[]*ServiceMonitorSpecSelectorMatchExpressions `field:"optional" json:"matchExpressions" yaml:"matchExpressions"`
	MatchLabels *map[string]*string `field:"optional" json:"matchLabels" yaml:"matchLabels"`
}

