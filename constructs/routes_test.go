package constructs_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

// versions adds a service and its canary, with what the options change.
func versions(chart cdk8s.Chart, change func(stable, canary *constructs.RsclipModelServiceProps)) (stable, canary *constructs.RsclipModelService) {
	s := constructs.RsclipModelServiceProps{ServiceType: constructs.ClusterIP}
	c := constructs.RsclipModelServiceProps{
		Name: "git-rscilp-canary", Namespace: "git-rscilp", ExistingNamespace: true, ServiceType: constructs.ClusterIP, Port: 8000,
	}
	if change != nil {
		change(&s, &c)
	}
	return constructs.NewRsclipModelService(chart, "stable", &s), constructs.NewRsclipModelService(chart, "canary", &c)
}

func gRPCAndTLS(s, c *constructs.RsclipModelServiceProps) {
	s.App.Server = config.Server{GRPCPort: 8081}
	c.App.Server = config.Server{GRPCPort: 9081, RequestTimeoutSeconds: 600}
	c.TLS = constructs.TLSSecret{SecretName: "certificate"}
}

func onlyGRPC(s, c *constructs.RsclipModelServiceProps) {
	gRPCAndTLS(s, c)
	c.TLS = constructs.TLSSecret{}
}

// routes are the documents of a manifest of the kinds that routes are made of.
func routes(t *testing.T, manifest string) string {
	t.Helper()
	documents := slices.DeleteFunc(strings.Split(manifest, "---\n"), func(document string) bool {
		return !strings.HasPrefix(document, "apiVersion: gateway.networking.k8s.io/v1\n") && !strings.HasPrefix(document, "apiVersion: networking.istio.io/v1\n")
	})
	if len(documents) == 0 {
		t.Fatalf("no routes in:\n%s", manifest)
	}
	return strings.Join(documents, "---\n")
}

func TestRouteManifest(t *testing.T) {
	gateways := []constructs.GatewayListener{{Name: "public"}}
	tests := []struct {
		name  string
		build func(chart cdk8s.Chart)
	}{
		{"httproute-one", func(chart cdk8s.Chart) {
			stable, _ := versions(chart, nil)
			constructs.NewRsclipHTTPRoute(chart, "route", &constructs.RsclipHTTPRouteProps{Service: stable, Gateways: gateways})
		}},
		{"httproute-canary", func(chart cdk8s.Chart) {
			stable, canary := versions(chart, gRPCAndTLS)
			constructs.NewRsclipHTTPRoute(chart, "route", &constructs.RsclipHTTPRouteProps{
				Service: stable, Canary: canary, CanaryWeight: 10, AuthorityConfigMap: "authority",
				Gateways:  []constructs.GatewayListener{{Name: "public", Namespace: "gateways", Listener: "https"}, {Name: "private"}},
				Hostnames: []string{"rsclip.example.com", "*.rsclip.example.com"},
			})
		}},
		{"meshroute-one", func(chart cdk8s.Chart) {
			stable, _ := versions(chart, nil)
			constructs.NewRsclipMeshRoute(chart, "route", &constructs.RsclipMeshRouteProps{Service: stable})
		}},
		{"meshroute-canary", func(chart cdk8s.Chart) {
			stable, canary := versions(chart, onlyGRPC)
			constructs.NewRsclipMeshRoute(chart, "route", &constructs.RsclipMeshRouteProps{
				Service: stable, Canary: canary, // of which nothing goes to the canary yet
				Gateways: []string{"istio-system/public"}, Hostnames: []string{"rsclip.example.com"},
				MaxConnections: 64, MaxPendingRequests: 16, AllZones: true,
			})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			golden(t, tt.name, routes(t, manifest(t, tt.build)))
		})
	}
}

// TestRoutesExposeWhatTheyMade patches every object of the routes.
func TestRoutesExposeWhatTheyMade(t *testing.T) {
	got := manifest(t, func(chart cdk8s.Chart) {
		stable, canary := versions(chart, nil)
		mesh := constructs.NewRsclipMeshRoute(chart, "mesh", &constructs.RsclipMeshRouteProps{Service: stable, Canary: canary, CanaryWeight: 100})
		secure := constructs.NewRsclipModelService(chart, "secure", &constructs.RsclipModelServiceProps{Name: "secure", TLS: constructs.TLSSecret{SecretName: "certificate"}})
		route := constructs.NewRsclipHTTPRoute(chart, "route", &constructs.RsclipHTTPRouteProps{
			Service: secure, Gateways: []constructs.GatewayListener{{Name: "public"}}, AuthorityConfigMap: "authority",
		})
		for _, object := range []cdk8s.ApiObject{
			mesh.VirtualService, mesh.DestinationRules[0], mesh.DestinationRules[1], route.HTTPRoute, route.BackendTLSPolicies[0],
		} {
			object.AddJsonPatch(cdk8s.JsonPatch_Add(new("/metadata/annotations"), map[string]string{"patched": *object.Name()}))
		}
	})
	for _, name := range []string{"git-rscilp-mesh-route", "git-rscilp-mesh", "git-rscilp-canary-mesh", "secure-route", "secure-backend-tls"} {
		if !strings.Contains(got, "patched: "+name+"\n") {
			t.Errorf("%s was not patched:\n%s", name, got)
		}
	}
}

func TestHTTPRouteRefuses(t *testing.T) {
	type (
		props    = constructs.RsclipHTTPRouteProps
		listener = constructs.GatewayListener
	)
	public := []listener{{Name: "public"}}
	tests := []struct {
		name    string
		props   props
		service func(stable, canary *constructs.RsclipModelServiceProps)
		want    []string
	}{
		{"no gateway", props{}, nil, []string{`RsclipHTTPRoute "bad"`, "gateways is 0: must be 1 to 32"}},
		{"gateway of no name", props{Gateways: []listener{{Namespace: "gateways"}}}, nil, []string{`gateways[0].name is ""`}},
		{"gateway's namespace", props{Gateways: []listener{{Name: "a", Namespace: "a.b"}}}, nil, []string{`gateways[0].namespace is "a.b"`}},
		{"listener", props{Gateways: []listener{{Name: "a", Listener: "HTTPS"}}}, nil, []string{`gateways[0].listener is "HTTPS"`}},
		{"hostname with a scheme", props{Gateways: public, Hostnames: []string{"https://a.example"}}, nil, []string{`hostnames[0] is "https://a.example": must be a host's name`}},
		{"hostname twice", props{Gateways: public, Hostnames: []string{"a.example", "a.example"}}, nil, []string{`hostnames[1] is "a.example": must be another`}},
		{"too many hostnames", props{Gateways: public, Hostnames: strings.Split(strings.Repeat("a.example ", 17), " ")}, nil, []string{"hostnames is 18: must be at most 16"}},
		{"weight", props{Gateways: public, CanaryWeight: 101}, nil, []string{"canaryWeight is 101: must be 0 to 100 percent"}},
		{"negative weight", props{Gateways: public, CanaryWeight: -1}, nil, []string{"canaryWeight is -1"}},
		{"authority's name", props{Gateways: public, AuthorityConfigMap: "A"}, gRPCAndTLS, []string{`authorityConfigMap is "A": must be the name of an object`}},
		{"TLS without an authority", props{Gateways: public}, gRPCAndTLS, []string{`authorityConfigMap is "": must be set where a service has TLS`}},
		{"an authority without TLS", props{Gateways: public, AuthorityConfigMap: "a"}, nil, []string{"must be left out where no service has TLS"}},
		{"two namespaces", props{Gateways: public}, func(_, canary *constructs.RsclipModelServiceProps) {
			canary.Namespace = "other"
		}, []string{`canary is "of the namespace other": must be of the service's, git-rscilp`, "existingNamespace"}},
		{"one name", props{Gateways: public}, func(_, canary *constructs.RsclipModelServiceProps) {
			canary.Name = "git-rscilp"
		}, []string{`canary is "of the name git-rscilp"`, "append -canary"}},
		{"gRPC in one only", props{Gateways: public}, func(stable, _ *constructs.RsclipModelServiceProps) {
			stable.App.Server.GRPCPort = 8081
		}, []string{`canary is "with app.server.grpc_port 0"`, "in both, or in neither"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
				tt.props.Service, tt.props.Canary = versions(chart, tt.service)
				constructs.NewRsclipHTTPRoute(chart, "bad", &tt.props)
			}), tt.want)
		})
	}
	t.Run("weight without a canary", func(t *testing.T) {
		refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
			stable, _ := versions(chart, nil)
			constructs.NewRsclipHTTPRoute(chart, "bad", &props{Service: stable, Gateways: public, CanaryWeight: 10})
		}), []string{"canaryWeight is 10: must be left out where there is no canary"})
	})
	t.Run("no service", func(t *testing.T) {
		refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
			constructs.NewRsclipHTTPRoute(chart, "bad", nil)
		}), []string{"pass what NewRsclipModelService returned"})
	})
}

func TestMeshRouteRefuses(t *testing.T) {
	type props = constructs.RsclipMeshRouteProps
	tests := []struct {
		name    string
		props   props
		service func(stable, canary *constructs.RsclipModelServiceProps)
		want    []string
	}{
		{"TLS", props{}, gRPCAndTLS, []string{`RsclipMeshRoute "bad"`, `canary is "with TLS": must be without TLS in a mesh`, "the mesh encrypts"}},
		{"gateway", props{Gateways: []string{"a/b/c"}, Hostnames: []string{"a.example"}}, nil, []string{`gateways[0] is "a/b/c": must be a Gateway's name`}},
		{"the mesh as a gateway", props{Gateways: []string{"mesh"}, Hostnames: []string{"a.example"}}, nil, []string{`gateways[0] is "mesh"`, "always led"}},
		{"gateways without hosts", props{Gateways: []string{"a"}}, nil, []string{"hostnames is 0: must be set with gateways"}},
		{"hosts without gateways", props{Hostnames: []string{"a.example"}}, nil, []string{"hostnames is 1: must be set with gateways"}},
		{"hostname", props{Gateways: []string{"a"}, Hostnames: []string{"*"}}, nil, []string{`hostnames[0] is "*"`}},
		{"connections", props{MaxConnections: -1}, nil, []string{"maxConnections is -1: must be 1 to 65536"}},
		{"pending requests", props{MaxPendingRequests: 70000}, nil, []string{"maxPendingRequests is 70000"}},
		{"weight", props{CanaryWeight: 101}, nil, []string{"canaryWeight is 101"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
				tt.props.Service, tt.props.Canary = versions(chart, tt.service)
				constructs.NewRsclipMeshRoute(chart, "bad", &tt.props)
			}), tt.want)
		})
	}
	t.Run("no service", func(t *testing.T) {
		refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
			constructs.NewRsclipMeshRoute(chart, "bad", nil)
		}), []string{"pass what NewRsclipModelService returned"})
	})
}
