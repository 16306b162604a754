package networkingistioio


type VirtualServiceSpecHttpDirectResponse struct {
	Status *float64 `field:"required" json:"status" yaml:"status"`
	Body *VirtualServiceSpecHttpDirectResponseBody `field:"optional" json:"body" yaml:"body"`
}

