package networkingistioio


type VirtualServiceSpecHttpRewrite struct {
	Authority *string `field:"optional" json:"authority" yaml:"authority"`
	Uri *string `field:"optional" json:"uri" yaml:"uri"`
	UriRegexRewrite *VirtualServiceSpecHttpRewriteUriRegexRewrite `field:"optional" json:"uriRegexRewrite" yaml:"uriRegexRewrite"`
}

