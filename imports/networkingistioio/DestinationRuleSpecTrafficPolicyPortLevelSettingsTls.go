package networkingistioio


type DestinationRuleSpecTrafficPolicyPortLevelSettingsTls struct {
	CaCertificates *string `field:"optional" json:"caCertificates" yaml:"caCertificates"`
	CaCrl *string `field:"optional" json:"caCrl" yaml:"caCrl"`
	ClientCertificate *string `field:"optional" json:"clientCertificate" yaml:"clientCertificate"`
	CredentialName *string `field:"optional" json:"credentialName" yaml:"credentialName"`
	InsecureSkipVerify *bool `field:"optional" json:"insecureSkipVerify" yaml:"insecureSkipVerify"`
	Mode DestinationRuleSpecTrafficPolicyPortLevelSettingsTlsMode `field:"optional" json:"mode" yaml:"mode"`
	PrivateKey *string `field:"optional" json:"privateKey" yaml:"privateKey"`
	Sni *string `field:"optional" json:"sni" yaml:"sni"`
	SubjectAltNames *[]*string `field:"optional" json:"subjectAltNames" yaml:"subjectAltNames"`
}

