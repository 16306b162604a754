package networkingistioio


type VirtualServiceSpecHttpRedirect struct {
	Authority *string `field:"optional" json:"authority" yaml:"authority"`
	DerivePort VirtualServiceSpecHttpRedirectDerivePort `field:"optional" json:"derivePort" yaml:"derivePort"`
	Port *float64 `field:"optional" json:"port" yaml:"port"`
	RedirectCode *float64 `field:"optional" json:"redirectCode" yaml:"redirectCode"`
	Scheme *string `field:"optional" json:"scheme" yaml:"scheme"`
	Uri *string `field:"optional" json:"uri" yaml:"uri"`
}

