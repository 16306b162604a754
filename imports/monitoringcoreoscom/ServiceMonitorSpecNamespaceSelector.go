package monitoringcoreoscom


type ServiceMonitorSpecNamespaceSelector struct {
	Any *bool `field:"optional" json:"any" yaml:"any"`
	MatchNames *[]*string `field:"optional" json:"matchNames" yaml:"matchNames"`
}

