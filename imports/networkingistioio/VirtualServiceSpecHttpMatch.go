package networkingistioio


type VirtualServiceSpecHttpMatch struct {
	Authority *VirtualServiceSpecHttpMatchAuthority `field:"optional" json:"authority" yaml:"authority"`
	Gateways *[]*string `field:"optional" json:"gateways" yaml:"gateways"`
	Headers *map[string]*VirtualServiceSpecHttpMatchHeaders `field:"optional" json:"headers" yaml:"headers"`
	IgnoreUriCase *bool `field:"optional" json:"ignoreUriCase" yaml:"ignoreUriCase"`
	Method *VirtualServiceSpecHttpMatchMethod `field:"optional" json:"method" yaml:"method"`
	Name *string `field:"optional" json:"name" yaml:"name"`
	Port *float64 `field:"optional" json:"port" yaml:"port"`
	QueryParams *map[string]*VirtualServiceSpecHttpMatchQueryParams `field:"optional" json:"queryParams" yaml:"queryParams"`
	Scheme *VirtualServiceSpecHttpMatchScheme `field:"optional" json:"scheme" yaml:"scheme"`
	SourceLabels *map[string]*string `field:"optional" json:"sourceLabels" yaml:"sourceLabels"`
	SourceNamespace *string `field:"optional" json:"sourceNamespace" yaml:"sourceNamespace"`
	StatPrefix *string `field:"optional" json:"statPrefix" yaml:"statPrefix"`
	Uri *VirtualServiceSpecHttpMatchUri `field:"optional" json:"uri" yaml:"uri"`
	WithoutHeaders *map[string]*VirtualServiceSpecHttpMatchWithoutHeaders `field:"optional" json:"withoutHeaders" yaml:"withoutHeaders"`
}

