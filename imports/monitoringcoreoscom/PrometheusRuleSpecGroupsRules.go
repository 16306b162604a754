package monitoringcoreoscom


type PrometheusRuleSpecGroupsRules struct {
	Expr PrometheusRuleSpecGroupsRulesExpr `field:"required" json:"expr" yaml:"expr"`
	Alert *string `field:"optional" json:"alert" yaml:"alert"`
	Annotations *map[string]*string `field:"optional" json:"annotations" yaml:"annotations"`
	For *string `field:"optional" json:"for" yaml:"for"`
	KeepFiringFor *string `field:"optional" json:"keepFiringFor" yaml:"keepFiringFor"`
	Labels *map[string]*string `field:"optional" json:"labels" yaml:"labels"`
	Record *string `field:"optional" json:"record" yaml:"record"`
}

