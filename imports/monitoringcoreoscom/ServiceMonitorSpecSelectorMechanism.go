package monitoringcoreoscom


type ServiceMonitorSpecSelectorMechanism string

const (
	// RelabelConfig.
	ServiceMonitorSpecSelectorMechanism_RELABEL_CONFIG ServiceMonitorSpecSelectorMechanism = "RELABEL_CONFIG"
	// RoleSelector.
	ServiceMonitorSpecSelectorMechanism_ROLE_SELECTOR ServiceMonitorSpecSelectorMechanism = "ROLE_SELECTOR"
)

