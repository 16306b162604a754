package constructs

import (
	"fmt"
	"regexp"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	istio "github.com/seed-74198975/rsclip/imports/networkingistioio"
)

// RsclipMeshRouteProps configures [NewRsclipMeshRoute].
type RsclipMeshRouteProps struct {
	// Service is what the callers call. Required.
	Service *RsclipModelService `json:"-"`
	// Canary is another version of it, in the same namespace. Default none.
	Canary *RsclipModelService `json:"-"`
	// CanaryWeight is the part of the requests that the canary gets, 0 to 100
	// percent. Default 0.
	CanaryWeight int `json:"canaryWeight,omitempty" zero:"1 to 100"`
	// Gateways are Istio's Gateways, "name" or "namespace/name", whose requests
	// are led to the service too. Default none: those from inside the mesh alone.
	Gateways []string `json:"gateways,omitempty"`
	// Hostnames are the names in the requests of the gateways, at most 16.
	// Required with gateways. Default none.
	Hostnames []string `json:"hostnames,omitempty"`
	// MaxConnections bounds the connections of one caller to all pods of one
	// version, 1 to 65536. Default 1024.
	MaxConnections int `json:"maxConnections,omitempty" zero:"1 to 65536"`
	// MaxPendingRequests bounds the requests of one caller that wait for a
	// connection, 1 to 65536; its own proxy answers 503 to more. Default 1024.
	MaxPendingRequests int `json:"maxPendingRequests,omitempty" zero:"1 to 65536"`
	// AllZones has callers ask the pods of all zones alike, as suits few pods or
	// callers that are mostly in one zone. Default false: they ask those of their
	// own zone for as long as these answer.
	AllZones bool `json:"allZones,omitempty"`
}

// RsclipMeshRoute leads the requests inside an Istio mesh to one service, or to
// two by weight. Its fields are the objects that it made, for reference and for
// patches.
type RsclipMeshRoute struct {
	constructs.Construct

	VirtualService   cdk8s.ApiObject
	DestinationRules []cdk8s.ApiObject // the service's, and the canary's if there is one
}

// NewRsclipMeshRoute adds a VirtualService of Istio 1.22 or newer for the
// service's own name, and a DestinationRule for each version, which pools
// connections, passes over pods that do not answer and prefers near ones. The
// mesh encrypts, so services with TLS of their own are refused. Sidecars call
// istiod: where a network policy holds, let them, such as by the egress
// {namespace: istio-system, ports: [15012]}. It panics with a [PropsError] where
// props cannot be deployed.
func NewRsclipMeshRoute(scope constructs.Construct, id string, props *RsclipMeshRouteProps) *RsclipMeshRoute {
	p := props.withDefaults()
	p.check().must("RsclipMeshRoute", id)

	r := &RsclipMeshRoute{Construct: constructs.NewConstruct(scope, &id)}
	r.VirtualService = newObject(r.Construct, "VirtualService", p.Service.props, istio.VirtualService_Manifest(&istio.VirtualServiceProps{
		Metadata: p.Service.props.apiMetadata("-mesh-route"), Spec: p.virtualService(),
	}))
	for _, service := range p.split().services() {
		r.DestinationRules = append(r.DestinationRules, newObject(
			r.Construct, "DestinationRule-"+service.Name, service, istio.DestinationRule_Manifest(&istio.DestinationRuleProps{
				Metadata: service.apiMetadata("-mesh"), Spec: p.destinationRule(service),
			})))
	}
	return r
}

// istioGateway is how a VirtualService names a Gateway.
var istioGateway = syntax{
	regexp.MustCompile(`^([a-z0-9]([-a-z0-9]*[a-z0-9])?/)?[a-z0-9]([-.a-z0-9]*[a-z0-9])?$`), 317,
	"a Gateway's name", `write it like "istio-system/public"`,
}

// wholeMesh is the Gateway that stands for every proxy of the mesh.
const wholeMesh = "mesh"

func (p *RsclipMeshRouteProps) withDefaults() RsclipMeshRouteProps {
	var d RsclipMeshRouteProps
	if p != nil {
		d = *p
	}
	setDefault(&d.MaxConnections, 1024)
	setDefault(&d.MaxPendingRequests, 1024)
	return d
}

func (p RsclipMeshRouteProps) split() split {
	return split{service: p.Service, canary: p.Canary, canaryWeight: p.CanaryWeight}
}

// check returns every reason why p, its defaults filled in, cannot be deployed.
func (p RsclipMeshRouteProps) check() *check {
	c := new(check)
	p.split().check(c)
	for i, g := range p.Gateways {
		field := fmt.Sprintf("gateways[%d]", i)
		c.form(field, g, istioGateway)
		if g == wholeMesh {
			c.add(field, g, "a Gateway", "leave it out, since requests from inside the mesh are always led")
		}
	}
	c.hostnames("hostnames", p.Hostnames)
	if (len(p.Gateways) == 0) != (len(p.Hostnames) == 0) {
		c.add("hostnames", len(p.Hostnames), "set with gateways, and with them alone", "name the hosts in the requests of the gateways, or leave out both")
	}
	c.upTo("maxConnections", p.MaxConnections, 65536)
	c.upTo("maxPendingRequests", p.MaxPendingRequests, 65536)
	if p.Service == nil {
		return c
	}
	for i, service := range p.split().services() {
		if service.App.Server.TLS != nil {
			c.add([]string{"service", "canary"}[i], "with TLS", "without TLS in a mesh", "leave its tls and app.server.tls out, since the mesh encrypts")
		}
	}
	return c
}

func (p RsclipMeshRouteProps) virtualService() *istio.VirtualServiceSpec {
	hosts := append([]string{*p.Service.props.metadata("-service").Name}, p.Hostnames...)
	spec := &istio.VirtualServiceSpec{Hosts: pointersTo(hosts)}
	if len(p.Gateways) > 0 {
		spec.Gateways = pointersTo(append([]string{wholeMesh}, p.Gateways...))
	}
	var routes []*istio.VirtualServiceSpecHttp // the first that matches holds
	if p.split().hasGRPC() {
		grpc := p.route(func(s RsclipModelServiceProps) int { return s.App.Server.GRPCPort })
		grpc.Match = &[]*istio.VirtualServiceSpecHttpMatch{{Uri: &istio.VirtualServiceSpecHttpMatchUri{Prefix: new(gRPCPath)}}}
		routes = append(routes, grpc)
	}
	routes = append(routes, p.route(func(s RsclipModelServiceProps) int { return s.Port }))
	spec.Http = &routes
	return spec
}

// route repeats a request only where no pod has seen it: Istio's own default
// repeats on 503 too, which would have a server that is too busy do the work of
// a POST once more.
func (p RsclipMeshRouteProps) route(port func(RsclipModelServiceProps) int) *istio.VirtualServiceSpecHttp {
	weights := p.split().weights()
	var destinations []*istio.VirtualServiceSpecHttpRoute
	for i, service := range p.split().services() {
		destinations = append(destinations, &istio.VirtualServiceSpecHttpRoute{
			Destination: &istio.VirtualServiceSpecHttpRouteDestination{
				Host: service.metadata("-service").Name,
				Port: &istio.VirtualServiceSpecHttpRouteDestinationPort{Number: new(float64(port(service)))},
			},
			Weight: weights[i],
		})
	}
	return &istio.VirtualServiceSpecHttp{
		Route:   &destinations,
		Timeout: new(p.split().timeout()),
		Retries: &istio.VirtualServiceSpecHttpRetries{Attempts: new(2.0), RetryOn: new("connect-failure,refused-stream")},
	}
}

// destinationRule ends idle connections before the server does after 90 s, which
// might be just as a request begins. It passes over pods for what the proxies
// see of them alone: the server answers 504 for what takes longer than a caller
// waits, and pods that are too busy or not ready say so to the probes.
func (p RsclipMeshRouteProps) destinationRule(service RsclipModelServiceProps) *istio.DestinationRuleSpec {
	return &istio.DestinationRuleSpec{
		Host: service.metadata("-service").Name,
		TrafficPolicy: &istio.DestinationRuleSpecTrafficPolicy{
			ConnectionPool: &istio.DestinationRuleSpecTrafficPolicyConnectionPool{
				Tcp: &istio.DestinationRuleSpecTrafficPolicyConnectionPoolTcp{
					MaxConnections: new(float64(p.MaxConnections)), ConnectTimeout: new("2s"),
				},
				Http: &istio.DestinationRuleSpecTrafficPolicyConnectionPoolHttp{
					Http1MaxPendingRequests: new(float64(p.MaxPendingRequests)), IdleTimeout: new("60s"),
				},
			},
			LoadBalancer: &istio.DestinationRuleSpecTrafficPolicyLoadBalancer{
				Simple:            istio.DestinationRuleSpecTrafficPolicyLoadBalancerSimple_LEAST_UNDERSCORE_REQUEST,
				LocalityLbSetting: &istio.DestinationRuleSpecTrafficPolicyLoadBalancerLocalityLbSetting{Enabled: new(!p.AllZones)},
			},
			OutlierDetection: &istio.DestinationRuleSpecTrafficPolicyOutlierDetection{
				SplitExternalLocalOriginErrors: new(true),
				ConsecutiveLocalOriginFailures: new(3.0),
				Consecutive5XxErrors:           new(0.0),
				Interval:                       new("5s"),
				BaseEjectionTime:               new("30s"),
				MaxEjectionPercent:             new(50.0),
			},
		},
	}
}
