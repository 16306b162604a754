package networkingistioio


type DestinationRuleSpecTrafficPolicyPortLevelSettingsOutlierDetection struct {
	BaseEjectionTime *string `field:"optional" json:"baseEjectionTime" yaml:"baseEjectionTime"`
	Consecutive5XxErrors *float64 `field:"optional" json:"consecutive5XxErrors" yaml:"consecutive5XxErrors"`
	ConsecutiveErrors *float64 `field:"optional" json:"consecutiveErrors" yaml:"consecutiveErrors"`
	ConsecutiveGatewayErrors *float64 `field:"optional" json:"consecutiveGatewayErrors" yaml:"consecutiveGatewayErrors"`
	ConsecutiveLocalOriginFailures *float64 `field:"optional" json:"consecutiveLocalOriginFailures" yaml:"consecutiveLocalOriginFailures"`
	Interval *string `field:"optional" json:"interval" yaml:"interval"`
	MaxEjectionPercent *float64 `field:"optional" json:"maxEjectionPercent" yaml:"maxEjectionPercent"`
	MinHealthPercent *float64 `field:"optional" json:"minHealthPercent" yaml:"minHealthPercent"`
	SplitExternalLocalOriginErrors *bool `field:"optional" json:"splitExternalLocalOriginErrors" yaml:"splitExternalLocalOriginErrors"`
}

