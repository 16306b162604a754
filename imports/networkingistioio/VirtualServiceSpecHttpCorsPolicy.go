package networkingistioio


type VirtualServiceSpecHttpCorsPolicy struct {
	AllowCredentials *bool `field:"optional" json:"allowCredentials" yaml:"allowCredentials"`
	AllowHeaders *[]*string `field:"optional" json:"allowHeaders" yaml:"allowHeaders"`
	AllowMethods *[]*string `field:"optional" json:"allowMethods" yaml:"allowMethods"`
	AllowOrigin *[]*string `field:"optional" json:"allowOrigin" yaml:"allowOrigin"`
	AllowOrigins *[]*VirtualServiceSpecHttpCorsPolicyAllowOrigins `field:"optional" json:"allowOrigins" yaml:"allowOrigins"`
	ExposeHeaders *[]*string `field:"optional" json:"exposeHeaders" yaml:"exposeHeaders"`
	MaxAge *string `field:"optional" json:"maxAge" yaml:"maxAge"`
	UnmatchedPreflights VirtualServiceSpecHttpCorsPolicyUnmatchedPreflights `field:"optional" json:"unmatchedPreflights" yaml:"unmatchedPreflights"`
}

