package kedash


type ScaledObjectSpecTriggers struct {
	Metadata *map[string]*string `field:"required" json:"metadata" yaml:"metadata"`
	Type *string `field:"required" json:"type" yaml:"type"`
	AuthenticationRef *ScaledObjectSpecTriggersAuthenticationRef `field:"optional" json:"authenticationRef" yaml:"authenticationRef"`
	MetricType *string `field:"optional" json:"metricType" yaml:"metricType"`
	Name *string `field:"optional" json:"name" yaml:"name"`
	UseCachedMetrics *bool `field:"optional" json:"useCachedMetrics" yaml:"useCachedMetrics"`
}

