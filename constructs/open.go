package constructs

import "github.com/seed-74198975/rsclip/inference/config"

// Open returns what to change about a service that everyone who reaches the load
// balancer may call or listen to, and nil where keys and TLS, or a list of the
// callers' addresses, keep them out. Such a service can be deployed.
func (s *RsclipModelService) Open() *PropsError {
	p := s.props
	guarded := p.App.Server.APIKeysFile != "" && p.App.Server.TLS != nil
	known := len(p.LoadBalancerSourceRanges) > 0 || p.NetworkPolicy.Ingress != nil && !p.NetworkPolicy.Disabled
	if p.ServiceType != LoadBalancer || guarded || known {
		return nil
	}
	return &PropsError{Construct: "RsclipModelService", ID: *s.Node().Id(), Fields: config.FieldErrors{{
		Field: "serviceType", Value: p.ServiceType, Allowed: "beside apiKeys and tls, or loadBalancerSourceRanges, unless everyone may call the service",
		Fix: "set these, or choose serviceType ClusterIP",
	}}}
}
