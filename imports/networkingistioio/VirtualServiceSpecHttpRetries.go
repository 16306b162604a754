package networkingistioio


type VirtualServiceSpecHttpRetries struct {
	Attempts *float64 `field:"optional" json:"attempts" yaml:"attempts"`
	Backoff *string `field:"optional" json:"backoff" yaml:"backoff"`
	PerTryTimeout *string `field:"optional" json:"perTryTimeout" yaml:"perTryTimeout"`
	RetryIgnorePreviousHosts *bool `field:"optional" json:"retryIgnorePreviousHosts" yaml:"retryIgnorePreviousHosts"`
	RetryOn *string `field:"optional" json:"retryOn" yaml:"retryOn"`
	RetryRemoteLocalities *bool `field:"optional" json:"retryRemoteLocalities" yaml:"retryRemoteLocalities"`
}

