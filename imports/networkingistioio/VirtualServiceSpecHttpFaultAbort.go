package networkingistioio


type VirtualServiceSpecHttpFaultAbort struct {
	GrpcStatus *string `field:"optional" json:"grpcStatus" yaml:"grpcStatus"`
	Http2Error *string `field:"optional" json:"http2Error" yaml:"http2Error"`
	HttpStatus *float64 `field:"optional" json:"httpStatus" yaml:"httpStatus"`
	Percentage *VirtualServiceSpecHttpFaultAbortPercentage `field:"optional" json:"percentage" yaml:"percentage"`
}

