package networkingistioio


type VirtualServiceSpec struct {
	ExportTo *[]*string `field:"optional" json:"exportTo" yaml:"exportTo"`
	Gateways *[]*string `field:"optional" json:"gateways" yaml:"gateways"`
	Hosts *[]*string `field:"optional" json:"hosts" yaml:"hosts"`
	Http *[]*VirtualServiceSpecHttp `field:"optional" json:"http" yaml:"http"`
	Tcp *[]*VirtualServiceSpecTcp `field:"optional" json:"tcp" yaml:"tcp"`
	Tls *[]*VirtualServiceSpecTls `field:"optional" json:"tls" yaml:"tls"`
}

