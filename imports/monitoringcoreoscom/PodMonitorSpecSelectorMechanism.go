package monitoringcoreoscom


type PodMonitorSpecSelectorMechanism string

const (
	// RelabelConfig.
	PodMonitorSpecSelectorMechanism_RELABEL_CONFIG PodMonitorSpecSelectorMechanism = "RELABEL_CONFIG"
	// RoleSelector.
	PodMonitorSpecSelectorMechanism_ROLE_SELECTOR PodMonitorSpecSelectorMechanism = "ROLE_SELECTOR"
)

