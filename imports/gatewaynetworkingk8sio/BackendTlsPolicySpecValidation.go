package gatewaynetworkingk8sio


type BackendTlsPolicySpecValidation struct {
	Hostname *string `field:"required" json:"hostname" yaml:"hostname"`
	CaCertificateRefs *[]*BackendTlsPolicySpecValidationCaCertificateRefs `field:"optional" json:"caCertificateRefs" yaml:"caCertificateRefs"`
	SubjectAltNames *[]*BackendTlsPolicySpecValidationSubjectAltNames `field:"optional" json:"subjectAltNames" yaml:"subjectAltNames"`
	WellKnownCaCertificates BackendTlsPolicySpecValidationWellKnownCaCertificates `field:"optional" json:"wellKnownCaCertificates" yaml:"wellKnownCaCertificates"`
}

