package monitoringcoreoscom


type PodMonitorSpecAttachMetadata struct {
	Node *bool `field:"optional" json:"node" yaml:"node"`
}

