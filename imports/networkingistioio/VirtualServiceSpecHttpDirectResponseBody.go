package networkingistioio


type VirtualServiceSpecHttpDirectResponseBody struct {
	Bytes *string `field:"optional" json:"bytes" yaml:"bytes"`
	String *string `field:"optional" json:"string" yaml:"string"`
}

