package constructs_test

import (
	"testing"

	"github.com/seed-74198975/rsclip/constructs"
)

// TestOpen tells the services that everyone who reaches their load balancer may
// call.
func TestOpen(t *testing.T) {
	keys, tls := constructs.SecretKey{Name: "keys"}, constructs.TLSSecret{SecretName: "tls"}
	for name, tt := range map[string]struct {
		props constructs.RsclipModelServiceProps
		open  bool
	}{
		"as it is by default": {constructs.RsclipModelServiceProps{}, true},
		"with keys alone":     {constructs.RsclipModelServiceProps{APIKeys: keys}, true},
		"with TLS alone":      {constructs.RsclipModelServiceProps{TLS: tls}, true},
		"with keys and TLS":   {constructs.RsclipModelServiceProps{APIKeys: keys, TLS: tls}, false},
		"for known callers":   {constructs.RsclipModelServiceProps{LoadBalancerSourceRanges: []string{"203.0.113.0/24"}}, false},
		"for known peers":     {constructs.RsclipModelServiceProps{NetworkPolicy: constructs.NetworkPolicy{Ingress: []constructs.NetworkPeer{{CIDR: "203.0.113.0/24"}}}}, false},
		"without a policy":    {constructs.RsclipModelServiceProps{NetworkPolicy: constructs.NetworkPolicy{Disabled: true}}, true},
		"inside the cluster":  {constructs.RsclipModelServiceProps{ServiceType: constructs.ClusterIP}, false},
		"at a port of a node": {constructs.RsclipModelServiceProps{ServiceType: constructs.NodePort}, false},
	} {
		service := constructs.NewRsclipModelService(newChart(), "service", &tt.props)
		if err := service.Open(); (err != nil) != tt.open {
			t.Errorf("%s: %v", name, err)
		}
	}
}
