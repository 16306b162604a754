package networkingistioio


type VirtualServiceSpecHttpRewriteUriRegexRewrite struct {
	Match *string `field:"optional" json:"match" yaml:"match"`
	Rewrite *string `field:"optional" json:"rewrite" yaml:"rewrite"`
}

