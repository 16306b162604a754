package networkingistioio


type VirtualServiceSpecHttpCorsPolicyUnmatchedPreflights string

const (
	// UNSPECIFIED.
	VirtualServiceSpecHttpCorsPolicyUnmatchedPreflights_UNSPECIFIED VirtualServiceSpecHttpCorsPolicyUnmatchedPreflights = "UNSPECIFIED"
	// FORWARD.
	VirtualServiceSpecHttpCorsPolicyUnmatchedPreflights_FORWARD VirtualServiceSpecHttpCorsPolicyUnmatchedPreflights = "FORWARD"
	// IGNORE.
	VirtualServiceSpecHttpCorsPolicyUnmatchedPreflights_IGNORE VirtualServiceSpecHttpCorsPolicyUnmatchedPreflights = "IGNORE"
)

