package networkingistioio


type VirtualServiceSpecTlsMatch struct {
	SniHosts *[]*string `field:"required" json:"sniHosts" yaml:"sniHosts"`
	DestinationSubnets *[]*string `field:"optional" json:"destinationSubnets" yaml:"destinationSubnets"`
	Gateways *[]*string `field:"optional" json:"gateways" yaml:"gateways"`
	Port *float64 `field:"optional" json:"port" yaml:"port"`
	SourceLabels *map[string]*string `field:"optional" json:"sourceLabels" yaml:"sourceLabels"`
	SourceNamespace *string `field:"optional" json:"sourceNamespace" yaml:"sourceNamespace"`
}

