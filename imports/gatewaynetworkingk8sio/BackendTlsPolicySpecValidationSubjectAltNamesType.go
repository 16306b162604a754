package gatewaynetworkingk8sio


type BackendTlsPolicySpecValidationSubjectAltNamesType string

const (
	// Hostname.
	BackendTlsPolicySpecValidationSubjectAltNamesType_HOSTNAME BackendTlsPolicySpecValidationSubjectAltNamesType = "HOSTNAME"
	// URI.
	BackendTlsPolicySpecValidationSubjectAltNamesType_URI BackendTlsPolicySpecValidationSubjectAltNamesType = "URI"
)

