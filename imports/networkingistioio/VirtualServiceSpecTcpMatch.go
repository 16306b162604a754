package networkingistioio


type VirtualServiceSpecTcpMatch struct {
	DestinationSubnets *[]*string `field:"optional" json:"destinationSubnets" yaml:"destinationSubnets"`
	Gateways *[]*string `field:"optional" json:"gateways" yaml:"gateways"`
	Port *float64 `field:"optional" json:"port" yaml:"port"`
	SourceLabels *map[string]*string `field:"optional" json:"sourceLabels" yaml:"sourceLabels"`
	SourceNamespace *string `field:"optional" json:"sourceNamespace" yaml:"sourceNamespace"`
	SourceSubnet *string `field:"optional" json:"sourceSubnet" yaml:"sourceSubnet"`
}

