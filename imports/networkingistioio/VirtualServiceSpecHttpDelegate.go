package networkingistioio


type VirtualServiceSpecHttpDelegate struct {
	Name *string `field:"optional" json:"name" yaml:"name"`
	Namespace *string `field:"optional" json:"namespace" yaml:"namespace"`
}

