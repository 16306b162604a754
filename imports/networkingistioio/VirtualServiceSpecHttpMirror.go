package networkingistioio


type VirtualServiceSpecHttpMirror struct {
	Host *string `field:"required" json:"host" yaml:"host"`
	Port *VirtualServiceSpecHttpMirrorPort `field:"optional" json:"port" yaml:"port"`
	Subset *string `field:"optional" json:"subset" yaml:"subset"`
}

