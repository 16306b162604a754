package networkingistioio


type VirtualServiceSpecTcp struct {
	Match *[]*VirtualServiceSpecTcpMatch `field:"optional" json:"match" yaml:"match"`
	Route *[]*VirtualServiceSpecTcpRoute `field:"optional" json:"route" yaml:"route"`
}

