package kedash


type ScaledObjectSpecTriggersAuthenticationRef struct {
	Name *string `field:"required" json:"name" yaml:"name"`
	Kind *string `field:"optional" json:"kind" yaml:"kind"`
}

