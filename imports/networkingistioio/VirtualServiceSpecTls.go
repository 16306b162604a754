package networkingistioio


type VirtualServiceSpecTls struct {
	Match *[]*VirtualServiceSpecTlsMatch `field:"required" json:"match" yaml:"match"`
	Route *[]*VirtualServiceSpecTlsRoute `field:"optional" json:"route" yaml:"route"`
}

