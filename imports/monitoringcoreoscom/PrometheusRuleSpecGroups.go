package monitoringcoreoscom


type PrometheusRuleSpecGroups struct {
	Name *string `field:"required" json:"name" yaml:"name"`
	Interval *string `field:"optional" json:"interval" yaml:"interval"`
	Labels *map[string]*string `field:"optional" json:"labels" yaml:"labels"`
	Limit *float64 `field:"optional" json:"limit" yaml:"limit"`
	PartialResponseStrategy *string `field:"optional" json:"partialResponseStrategy" yaml:"partialResponseStrategy"`
	QueryOffset *string `field:"optional" json:"queryOffset" yaml:"queryOffset"`
	Rules *[]*PrometheusRuleSpecGroupsRules `field:"optional" json:"rules" yaml:"rules"`
}

