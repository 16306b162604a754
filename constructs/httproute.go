package constructs

import (
	"cmp"
	"fmt"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	gateway "github.com/seed-74198975/rsclip/imports/gatewaynetworkingk8sio"
)

// RsclipHTTPRouteProps configures [NewRsclipHTTPRoute].
type RsclipHTTPRouteProps struct {
	// Service is what the gateways lead to. Required.
	Service *RsclipModelService `json:"-"`
	// Canary is another version of it, in the same namespace. Default none.
	Canary *RsclipModelService `json:"-"`
	// CanaryWeight is the part of the requests that the canary gets, 0 to 100
	// percent. Default 0.
	CanaryWeight int `json:"canaryWeight,omitempty" zero:"1 to 100"`
	// Gateways are where the requests come in, 1 to 32 listeners. Required.
	Gateways []GatewayListener `json:"gateways,omitempty"`
	// Hostnames are the names in the requests, at most 16, such as
	// "rsclip.example.com" or "*.example.com". Default every name of the listeners.
	Hostnames []string `json:"hostnames,omitempty"`
	// AuthorityConfigMap names a ConfigMap of the namespace whose entry ca.crt is
	// the authority by which the gateways check that the pods' certificates are
	// for NAME-service.NAMESPACE.svc. Required where a service has TLS. Default
	// none: the gateways speak plain HTTP to the pods.
	AuthorityConfigMap string `json:"authorityConfigMap,omitempty"`
}

// GatewayListener names a Gateway that is made elsewhere. It must let routes of
// the service's namespace attach to it.
type GatewayListener struct {
	// Name is the Gateway's. Required.
	Name string `json:"name,omitempty"`
	// Namespace is the Gateway's. Default the service's.
	Namespace string `json:"namespace,omitempty"`
	// Listener is the name of one of its listeners. Default all that let the
	// route attach.
	Listener string `json:"listener,omitempty"`
}

// RsclipHTTPRoute leads the requests of gateways to one service, or to two by
// weight. Its fields are the objects that it made, for reference and for patches.
type RsclipHTTPRoute struct {
	constructs.Construct

	HTTPRoute          cdk8s.ApiObject
	BackendTLSPolicies []cdk8s.ApiObject // one for each service with TLS
}

// NewRsclipHTTPRoute adds an HTTPRoute of the Gateway API, version 1.4, and for
// services with TLS a BackendTLSPolicy each. A service behind it needs no load
// balancer of its own: serviceType ClusterIP is enough. It panics with a
// [PropsError] where props cannot be deployed.
func NewRsclipHTTPRoute(scope constructs.Construct, id string, props *RsclipHTTPRouteProps) *RsclipHTTPRoute {
	var p RsclipHTTPRouteProps
	if props != nil {
		p = *props
	}
	p.check().must("RsclipHTTPRoute", id)

	r := &RsclipHTTPRoute{Construct: constructs.NewConstruct(scope, &id)}
	r.HTTPRoute = newObject(r.Construct, "HTTPRoute", p.Service.props, gateway.HttpRoute_Manifest(&gateway.HttpRouteProps{
		Metadata: p.Service.props.apiMetadata("-route"),
		Spec:     &gateway.HttpRouteSpec{ParentRefs: p.parents(), Hostnames: pointersTo(p.Hostnames), Rules: p.rules()},
	}))
	for _, service := range p.split().services() {
		if service.App.Server.TLS != nil {
			r.BackendTLSPolicies = append(r.BackendTLSPolicies, p.newBackendTLSPolicy(r.Construct, service))
		}
	}
	return r
}

func (p RsclipHTTPRouteProps) split() split {
	return split{service: p.Service, canary: p.Canary, canaryWeight: p.CanaryWeight}
}

// check returns every reason why p cannot be deployed.
func (p RsclipHTTPRouteProps) check() *check {
	c := new(check)
	p.split().check(c)
	if len(p.Gateways) < 1 || len(p.Gateways) > 32 {
		c.add("gateways", len(p.Gateways), "1 to 32 of them", "name the Gateway that requests come in by")
	}
	for i, g := range p.Gateways {
		field := fmt.Sprintf("gateways[%d]", i)
		c.form(field+".name", g.Name, objectName)
		if g.Namespace != "" {
			c.form(field+".namespace", g.Namespace, namespaceName)
		}
		if g.Listener != "" {
			c.form(field+".listener", g.Listener, objectName)
		}
	}
	c.hostnames("hostnames", p.Hostnames)
	if p.AuthorityConfigMap != "" {
		c.form("authorityConfigMap", p.AuthorityConfigMap, objectName)
	}
	if p.Service == nil {
		return c
	}
	secure := false
	for _, service := range p.split().services() {
		secure = secure || service.App.Server.TLS != nil
	}
	switch {
	case secure && p.AuthorityConfigMap == "":
		c.add("authorityConfigMap", "", "set where a service has TLS", "name the ConfigMap with the authority of its certificate, or leave TLS to the gateway")
	case !secure && p.AuthorityConfigMap != "":
		c.add("authorityConfigMap", p.AuthorityConfigMap, "left out where no service has TLS", "set tls in the service, or leave it out")
	}
	return c
}

// What Kubernetes fills in where lists of an HTTPRoute say nothing. It is written out, since
// tools that compare a list with what the cluster has made of it find a change for ever.
const (
	gatewayGroup = "gateway.networking.k8s.io"
	allPaths     = "/"
)

func (p RsclipHTTPRouteProps) parents() *[]*gateway.HttpRouteSpecParentRefs {
	parents := make([]*gateway.HttpRouteSpecParentRefs, len(p.Gateways))
	for i, g := range p.Gateways {
		parents[i] = &gateway.HttpRouteSpecParentRefs{Group: new(gatewayGroup), Kind: new("Gateway"), Name: &g.Name}
		if g.Namespace != "" {
			parents[i].Namespace = &g.Namespace
		}
		if g.Listener != "" {
			parents[i].SectionName = &g.Listener
		}
	}
	return &parents
}

// rules are one for every request, and one for gRPC, whose longer path wins. It
// is no GRPCRoute, because a gateway takes only one kind of route for one name.
func (p RsclipHTTPRouteProps) rules() *[]*gateway.HttpRouteSpecRules {
	rules := []*gateway.HttpRouteSpecRules{p.rule(allPaths, func(s RsclipModelServiceProps) int { return s.Port })}
	if p.split().hasGRPC() {
		rules = append(rules, p.rule(gRPCPath, func(s RsclipModelServiceProps) int { return s.App.Server.GRPCPort }))
	}
	return &rules
}

func (p RsclipHTTPRouteProps) rule(path string, port func(RsclipModelServiceProps) int) *gateway.HttpRouteSpecRules {
	weights := p.split().weights()
	var backends []*gateway.HttpRouteSpecRulesBackendRefs
	for i, service := range p.split().services() {
		weight := cmp.Or(weights[i], new(1.0))
		backends = append(backends, &gateway.HttpRouteSpecRulesBackendRefs{
			Group: new(""), Kind: new("Service"), Name: service.metadata("-service").Name, Port: new(float64(port(service))), Weight: weight,
		})
	}
	return &gateway.HttpRouteSpecRules{
		Matches: &[]*gateway.HttpRouteSpecRulesMatches{{Path: &gateway.HttpRouteSpecRulesMatchesPath{
			Type: gateway.HttpRouteSpecRulesMatchesPathType_PATH_PREFIX, Value: &path,
		}}},
		BackendRefs: &backends, Timeouts: &gateway.HttpRouteSpecRulesTimeouts{Request: new(p.split().timeout())},
	}
}

// newBackendTLSPolicy has the gateways speak TLS to a service.
func (p RsclipHTTPRouteProps) newBackendTLSPolicy(scope constructs.Construct, service RsclipModelServiceProps) cdk8s.ApiObject {
	return newObject(scope, "BackendTLSPolicy-"+service.Name, service, gateway.BackendTlsPolicy_Manifest(&gateway.BackendTlsPolicyProps{
		Metadata: service.apiMetadata("-backend-tls"),
		Spec: &gateway.BackendTlsPolicySpec{
			TargetRefs: &[]*gateway.BackendTlsPolicySpecTargetRefs{{
				Group: new(""), Kind: new("Service"), Name: service.metadata("-service").Name,
			}},
			Validation: &gateway.BackendTlsPolicySpecValidation{
				Hostname: new(service.serverName()),
				CaCertificateRefs: &[]*gateway.BackendTlsPolicySpecValidationCaCertificateRefs{{
					Group: new(""), Kind: new("ConfigMap"), Name: &p.AuthorityConfigMap,
				}},
			},
		},
	}))
}
