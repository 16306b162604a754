package gatewaynetworkingk8sio


type BackendTlsPolicySpecValidationWellKnownCaCertificates string

const (
	// System.
	BackendTlsPolicySpecValidationWellKnownCaCertificates_SYSTEM BackendTlsPolicySpecValidationWellKnownCaCertificates = "SYSTEM"
)

