package constructs_test

import (
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

// TestWhatThePolicyCloses has a service call hosts that its own policy keeps it from, and
// others of which only the policy's ports or peers differ.
func TestWhatThePolicyCloses(t *testing.T) {
	type props = constructs.RsclipModelServiceProps
	traces := func(endpoint string) props {
		return props{App: config.App{Tracing: &config.Tracing{Endpoint: endpoint}}}
	}
	archive := func(url string) props {
		return props{ModelSource: constructs.ModelSource{Archive: &constructs.ModelArchive{URL: url, SHA256: modelSHA256}}}
	}
	engine := func(address string) props { return *asking(constructs.SearchEngine{Address: address}) }
	env := func(p props, variables ...map[string]any) props {
		p.Pods.Env = variables
		return p
	}
	variable := func(name, value string) map[string]any { return map[string]any{"name": name, "value": value} }
	to := func(cidr, namespace string, ports ...int) []constructs.NetworkDestination {
		return []constructs.NetworkDestination{{NetworkPeer: constructs.NetworkPeer{CIDR: cidr, Namespace: namespace}, Ports: ports}}
	}
	all, proxy := "10.0.0.0/8", variable("HTTPS_PROXY", "http://user:hidden@proxy.corp.internal:3128")
	for name, tt := range map[string]struct {
		service props
		egress  []constructs.NetworkDestination
		want    []string // none: accepted
	}{
		"traces to the cluster":              {traces("http://otel.obs.svc:4317"), nil, []string{"networkPolicy.egress", "app.tracing.endpoint", "otel.obs.svc", "4317"}},
		"traces to the namespace":            {traces("http://collector:4318"), nil, []string{"networkPolicy.egress", "private host collector"}},
		"traces to another namespace":        {traces("http://otel.obs.svc:4318"), to("", "other", 4318), []string{"app.tracing.endpoint"}},
		"traces that are let out":            {traces("http://otel.obs.svc:4318"), to("", "obs", 4318), nil},
		"traces to a sidecar":                {traces("http://localhost:4318"), nil, nil},
		"traces to its address":              {traces("http://127.0.0.1:4318"), nil, nil},
		"traces to the Internet":             {traces("https://traces.example.com"), nil, nil},
		"traces to a port of it":             {traces("https://traces.example.com:4318"), nil, []string{"networkPolicy.publicPorts", "4318"}},
		"an engine by a port of none":        {engine("postgres://a@db.internal.corp/x"), to(all, ""), []string{"index.engine.address", "db.internal.corp", "the port 5432"}},
		"an engine by another port":          {engine("postgres://a@db.internal.corp:6000/x"), to(all, "", 5432), []string{"the port 6000"}},
		"an engine that is let out":          {engine("postgres://a@db.internal.corp:6000/x"), to(all, "", 5432, 6000), nil},
		"an engine of the cluster":           {engine("weaviate://store.vectors.svc"), to(all, ""), nil},
		"a store of another namespace":       {archive("https://minio.stores.svc:9000/m.tar.gz"), to("", "other", 9000), []string{"modelSource.archive.url", "minio.stores.svc"}},
		"a store by a port of none":          {archive("https://minio.stores.svc:9000/m.tar.gz"), to("", "stores"), []string{"modelSource.archive.url", "9000"}},
		"a store by its pods' port":          {archive("https://minio.stores.svc/m.tar.gz"), to("", "stores", 9000), nil},
		"a store of all namespaces":          {archive("https://minio.stores.svc:9000/m.tar.gz"), to("", "*", 9000), nil},
		"a store at an address":              {archive("http://10.1.2.3:9000/m.tar.gz"), to(all, "", 9000), nil},
		"a store at another address":         {archive("http://192.168.1.2:9000/m.tar.gz"), to(all, "", 9000), []string{"private host 192.168.1.2"}},
		"a store at an address by a port":    {archive("http://10.1.2.3:9000/m.tar.gz"), to(all, ""), []string{"opens the port 9000"}},
		"a proxy":                            {env(props{}, proxy), nil, []string{"networkPolicy.egress", "HTTPS_PROXY of pods.env", "proxy.corp.internal", "3128"}},
		"a proxy in small letters":           {env(props{}, variable("http_proxy", "proxy:3128")), nil, []string{"HTTP_PROXY of pods.env", "private host proxy"}},
		"a proxy by another port":            {env(props{}, proxy), to(all, ""), []string{"opens the port 3128"}},
		"a proxy that is let out":            {env(props{}, proxy), to(all, "", 3128), nil},
		"a proxy of each node":               {env(props{}, variable("HTTPS_PROXY", "http://$(NODE):3128")), nil, nil},
		"what the proxy calls":               {env(archive("https://files.corp.internal:8443/m.tar.gz"), proxy), to(all, "", 3128), nil},
		"what the proxy does not call":       {env(archive("https://files.corp.internal:8443/m.tar.gz"), proxy, variable("NO_PROXY", ".corp.internal")), to(all, "", 3128), []string{"files.corp.internal", "8443"}},
		"what another scheme's does not":     {env(archive("http://files.corp.internal:8080/m.tar.gz"), proxy), to(all, "", 3128), []string{"files.corp.internal", "8080"}},
		"a variable that is no proxy's name": {env(props{}, variable("PROXY", "http://proxy:3128")), nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tt.service.NetworkPolicy.Egress = tt.egress
			acceptedUnless(t, tt.want, func(chart cdk8s.Chart) { constructs.NewRsclipModelService(chart, "service", &tt.service) })
		})
	}
	for name, tt := range map[string]struct {
		sources []string
		egress  []constructs.NetworkDestination
		want    []string
	}{
		"sources of the Internet":       {[]string{"https://scenes.example/a.tif", "/app/scenes/a.tif"}, nil, nil},
		"sources at a private address":  {[]string{"https://scenes.example/a.tif", "http://10.0.0.1/a.tif?key=hidden"}, nil, []string{"service.networkPolicy.egress", "indexJob.sources[1]", "10.0.0.1"}},
		"sources of the cluster":        {[]string{"https://store.minio.svc:9000/a.tif"}, nil, []string{"indexJob.sources[0]", "store.minio.svc", "9000"}},
		"sources of another namespace":  {[]string{"https://store.minio.svc:9000/a.tif"}, to("", "other", 9000), []string{"store.minio.svc"}},
		"sources that are let out":      {[]string{"https://store.minio.svc:9000/a.tif", "http://10.0.0.1:9000/x.tif"}, append(to("", "minio", 9000), to(all, "", 9000)...), nil},
		"sources by a port of the site": {[]string{"https://scenes.example:8443/a.tif"}, nil, []string{"service.networkPolicy.publicPorts", "8443"}},
	} {
		t.Run(name, func(t *testing.T) {
			acceptedUnless(t, tt.want, func(chart cdk8s.Chart) {
				props := searching()
				props.NetworkPolicy.Egress = tt.egress
				constructs.NewRsclipIndexJob(chart, "index", &constructs.RsclipIndexJobProps{Service: constructs.NewRsclipModelService(chart, "service", props), Sources: tt.sources})
			})
		})
	}
}

// acceptedUnless builds what is to be accepted, unless there are parts: those of the one
// reason for which it is to be refused.
func acceptedUnless(t *testing.T, parts []string, build func(chart cdk8s.Chart)) {
	t.Helper()
	if parts == nil {
		build(newChart())
		return
	}
	err := refusal(t, build)
	refusedFor(t, err, append(parts, "must be"))
	if len(err.Fields) != 1 {
		t.Errorf("%d reasons: %v", len(err.Fields), err)
	}
	if strings.Contains(err.Error(), "hidden") {
		t.Errorf("the error tells what may be secret: %v", err)
	}
}
