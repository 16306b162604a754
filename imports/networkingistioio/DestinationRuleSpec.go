package networkingistioio


type DestinationRuleSpec struct {
	Host *string `field:"required" json:"host" yaml:"host"`
	ExportTo *[]*string `field:"optional" json:"exportTo" yaml:"exportTo"`
	Subsets *[]*DestinationRuleSpecSubsets `field:"optional" json:"subsets" yaml:"subsets"`
	TrafficPolicy *DestinationRuleSpecTrafficPolicy `field:"optional" json:"trafficPolicy" yaml:"trafficPolicy"`
	WorkloadSelector *DestinationRuleSpecWorkloadSelector `field:"optional" json:"workloadSelector" yaml:"workloadSelector"`
}

