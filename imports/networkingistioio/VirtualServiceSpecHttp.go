package networkingistioio


type VirtualServiceSpecHttp struct {
	CorsPolicy *VirtualServiceSpecHttpCorsPolicy `field:"optional" json:"corsPolicy" yaml:"corsPolicy"`
	Delegate *VirtualServiceSpecHttpDelegate `field:"optional" json:"delegate" yaml:"delegate"`
	DirectResponse *VirtualServiceSpecHttpDirectResponse `field:"optional" json:"directResponse" yaml:"directResponse"`
	Fault *VirtualServiceSpecHttpFault `field:"optional" json:"fault" yaml:"fault"`
	Headers *VirtualServiceSpecHttpHeaders `field:"optional" json:"headers" yaml:"headers"`
	Match *[]*VirtualServiceSpecHttpMatch `field:"optional" json:"match" yaml:"match"`
	Mirror *VirtualServiceSpecHttpMirror `field:"optional" json:"mirror" yaml:"mirror"`
	MirrorPercent *float64 `field:"optional" json:"mirrorPercent" yaml:"mirrorPercent"`
	MirrorPercentage *VirtualServiceSpecHttpMirrorPercentage `field:"optional" json:"mirrorPercentage" yaml:"mirrorPercentage"`
	Mirrors *[]*VirtualServiceSpecHttpMirrors `field:"optional" json:"mirrors" yaml:"mirrors"`
	Name *string `field:"optional" json:"name" yaml:"name"`
	Redirect *VirtualServiceSpecHttpRedirect `field:"optional" json:"redirect" yaml:"redirect"`
	Retries *VirtualServiceSpecHttpRetries `field:"optional" json:"retries" yaml:"retries"`
	Rewrite *VirtualServiceSpecHttpRewrite `field:"optional" json:"rewrite" yaml:"rewrite"`
	Route *[]*VirtualServiceSpecHttpRoute `field:"optional" json:"route" yaml:"route"`
	Timeout *string `field:"optional" json:"timeout" yaml:"timeout"`
}

