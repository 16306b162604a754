package monitoringcoreoscom


type PodMonitorSpec struct {
	Selector *PodMonitorSpecSelector `field:"required" json:"selector" yaml:"selector"`
	AttachMetadata *PodMonitorSpecAttachMetadata `field:"optional" json:"attachMetadata" yaml:"attachMetadata"`
	BodySizeLimit *string `field:"optional" json:"bodySizeLimit" yaml:"bodySizeLimit"`
	ConvertClassicHistogramsToNhcb *bool `field:"optional" json:"convertClassicHistogramsToNhcb" yaml:"convertClassicHistogramsToNhcb"`
	FallbackScrapeProtocol PodMonitorSpecFallbackScrapeProtocol `field:"optional" json:"fallbackScrapeProtocol" yaml:"fallbackScrapeProtocol"`
	JobLabel *string `field:"optional" json:"jobLabel" yaml:"jobLabel"`
	KeepDroppedTargets *float64 `field:"optional" json:"keepDroppedTargets" yaml:"keepDroppedTargets"`
	LabelLimit *float64 `field:"optional" json:"labelLimit" yaml:"labelLimit"`
	LabelNameLengthLimit *float64 `field:"optional" json:"labelNameLengthLimit" yaml:"labelNameLengthLimit"`
	LabelValueLengthLimit *float64 `field:"optional" json:"labelValueLengthLimit" yaml:"labelValueLengthLimit"`
	NamespaceSelector *PodMonitorSpecNamespaceSelector `field:"optional" json:"namespaceSelector" yaml:"namespaceSelector"`
	NativeHistogramBucketLimit *float64 `field:"optional" json:"nativeHistogramBucketLimit" yaml:"nativeHistogramBucketLimit"`
	NativeHistogramMinBucketFactor PodMonitorSpecNativeHistogramMinBucketFactor `field:"optional" json:"nativeHistogramMinBucketFactor" yaml:"nativeHistogramMinBucketFactor"`
	PodMetricsEndpoints *[]*PodMonitorSpecPodMetricsEndpoints `field:"optional" json:"podMetricsEndpoints" yaml:"podMetricsEndpoints"`
	PodTargetLabels *[]*string `field:"optional" json:"podTargetLabels" yaml:"podTargetLabels"`
	SampleLimit *float64 `field:"optional" json:"sampleLimit" yaml:"sampleLimit"`
	ScrapeClass *string `field:"optional" json:"scrapeClass" yaml:"scrapeClass"`
	ScrapeClassicHistograms *bool `field:"optional" json:"scrapeClassicHistograms" yaml:"scrapeClassicHistograms"`
	ScrapeProtocols *[]PodMonitorSpecScrapeProtocols `field:"optional" json:"scrapeProtocols" yaml:"scrapeProtocols"`
	SelectorMechanism PodMonitorSpecSelectorMechanism `field:"optional" json:"selectorMechanism" yaml:"selectorMechanism"`
	TargetLimit *float64 `field:"optional" json:"targetLimit" yaml:"targetLimit"`
}

