package monitoringcoreoscom


type ServiceMonitorSpecAttachMetadata struct {
	Node *bool `field:"optional" json:"node" yaml:"node"`
}

