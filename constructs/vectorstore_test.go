package constructs_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"sigs.k8s.io/yaml"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

// asking is a service that answers searches from a search engine.
func asking(engine constructs.SearchEngine) *constructs.RsclipModelServiceProps {
	return &constructs.RsclipModelServiceProps{
		KubernetesVersion: "1.33", Model: config.Model{Device: config.CPU},
		Index: constructs.SearchIndex{Engine: &engine, Scenes: constructs.ClaimFolder{Name: "archive"}},
	}
}

var ownStore = constructs.SearchEngine{Address: "weaviate://git-rscilp-weaviate", Secret: constructs.SecretKey{Name: "weaviate"}}

// named returns the objects whose names have a part.
func named(t *testing.T, manifests, part string) string {
	t.Helper()
	var own []string
	for document := range strings.SplitSeq(manifests, "---\n") {
		var object struct{ Metadata struct{ Name string } }
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(object.Metadata.Name, part) {
			own = append(own, document)
		}
	}
	return strings.Join(own, "---\n")
}

func TestVectorStoreManifest(t *testing.T) {
	for name, props := range map[string]constructs.RsclipVectorStoreProps{
		"vector-store": {},
		"vector-store-full": {
			Image: "registry.example/weaviate:1.35.2", Replicas: 5, Key: constructs.SecretKey{Name: "other", Key: "api"},
			Storage:    constructs.StoreStorage{Size: "1Ti", StorageClass: "fast", DeleteClaims: true},
			Resources:  constructs.Resources{Requests: constructs.ResourceList{CPU: "4", Memory: "32Gi"}, Limits: constructs.ResourceList{Memory: "32Gi"}, NoCPULimit: true},
			Scheduling: constructs.Scheduling{SpreadZones: constructs.Require, SpreadHosts: constructs.Require, Tolerations: []constructs.Toleration{{Key: "stores"}}},
			Callers:    []constructs.NetworkPeer{{Namespace: "maps", Pods: map[string]string{"app": "viewer"}}}, StartSeconds: 7200,
		},
		"vector-store-one": {Replicas: 1, Anonymous: true},
	} {
		t.Run(name, func(t *testing.T) {
			golden(t, name, named(t, manifest(t, func(chart cdk8s.Chart) {
				engine := ownStore
				if props.Anonymous || props.Key != (constructs.SecretKey{}) {
					engine.Secret = props.Key
				}
				props.Service = constructs.NewRsclipModelService(chart, "service", asking(engine))
				constructs.NewRsclipVectorStore(chart, "store", &props)
			}), "-weaviate"))
		})
	}
}

func TestVectorStoreRefuses(t *testing.T) {
	chart := newChart()
	other := constructs.SearchEngine{Address: "weaviate://other", Secret: constructs.SecretKey{Name: "weaviate"}}
	service := constructs.NewRsclipModelService(chart, "service", asking(other))
	old := asking(other)
	old.Name, old.KubernetesVersion = "old", "1.26"
	long := asking(other)
	long.Name = strings.Repeat("n", 44)
	bound := asking(ownStore)
	bound.Name, bound.ResourceQuota.Limits.CPU = "bound", "100"
	boundService := constructs.NewRsclipModelService(chart, "bound", bound)
	oldService, longService := constructs.NewRsclipModelService(chart, "old", old), constructs.NewRsclipModelService(chart, "long", long)
	type props = constructs.RsclipVectorStoreProps
	for field, change := range map[string]func(p *props){
		"service":                 func(p *props) { p.Service, p.Key = nil, constructs.SecretKey{Name: "weaviate"} },
		"service.name":            func(p *props) { p.Service = longService },
		"image":                   func(p *props) { p.Image = "weaviate" },
		"replicas":                func(p *props) { p.Replicas = 2 },
		"key.name":                func(p *props) { p.Anonymous, p.Key = true, constructs.SecretKey{Name: "a", Key: "b"} },
		"key.key":                 func(p *props) { p.Key = constructs.SecretKey{Name: "a", Key: "b/c"} },
		"storage.size":            func(p *props) { p.Storage.Size = "much" },
		"storage.storageClass":    func(p *props) { p.Storage.StorageClass = "A" },
		"storage.deleteClaims":    func(p *props) { p.Service, p.Storage.DeleteClaims = oldService, true },
		"resources.noCPULimit":    func(p *props) { p.Service, p.Resources.NoCPULimit = boundService, true },
		"resources.limits.memory": func(p *props) { p.Resources.Limits.Memory = "-1" },
		"scheduling.spreadHosts":  func(p *props) { p.Scheduling.SpreadHosts = "always" },
		"callers[0].cidr":         func(p *props) { p.Callers = []constructs.NetworkPeer{{CIDR: "10.0.0.1/8"}} },
		"startSeconds":            func(p *props) { p.StartSeconds = 59 },
	} {
		p := props{Service: service}
		change(&p)
		err := refusal(t, func(cdk8s.Chart) {
			constructs.NewRsclipVectorStore(chart, "refused-"+strings.NewReplacer("[", "", "]", "", ".", "").Replace(field), &p)
		})
		if err == nil || len(err.Fields) != 1 || err.Fields[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	keyless := constructs.NewRsclipModelService(chart, "keyless", &constructs.RsclipModelServiceProps{Name: "keyless"})
	err := refusal(t, func(cdk8s.Chart) { constructs.NewRsclipVectorStore(chart, "refused", &props{Service: keyless}) })
	if err == nil || len(err.Fields) != 1 || err.Fields[0].Field != "key.name" {
		t.Errorf("without a key: %v", err)
	}
}

// TestAStoreIsAskedAsItAnswers has a service and the store beside it, of which one of the
// two cannot ask the other.
func TestAStoreIsAskedAsItAnswers(t *testing.T) {
	const address, secret = "weaviate://git-rscilp-weaviate", "service.index.engine.secret.name"
	w := constructs.SecretKey{Name: "w"}
	type engine = constructs.SearchEngine
	type store = constructs.RsclipVectorStoreProps
	for name, tt := range map[string]struct {
		engine engine
		store  store
		want   []string // none: accepted
	}{
		"the service's key":       {engine{Address: address, Secret: w}, store{}, nil},
		"one key":                 {engine{Address: address, Secret: w}, store{Key: constructs.SecretKey{Name: "w", Key: "key"}}, nil},
		"nobody's":                {engine{Address: address}, store{Anonymous: true}, nil},
		"another store":           {engine{Address: "weaviate://other:80"}, store{Key: w}, nil},
		"another namespace's":     {engine{Address: "weaviate://git-rscilp-weaviate.other.svc:80"}, store{Key: w}, nil},
		"a PostgreSQL beside":     {engine{Address: "postgres://a@db/x", Secret: w}, store{Key: w}, nil},
		"a node":                  {engine{Address: "weaviate://git-rscilp-weaviate-0.git-rscilp-weaviate-peers.git-rscilp.svc", Secret: w}, store{}, nil},
		"no key at the service's": {engine{Address: address}, store{Key: w}, []string{secret, "the entry key of the Secret w"}},
		"by its whole name":       {engine{Address: address + ".Git-rscilp.svc.cluster.local"}, store{Key: w}, []string{secret}},
		"another key":             {engine{Address: address, Secret: constructs.SecretKey{Name: "x"}}, store{Key: w}, []string{secret, `"x"`, "Secret w"}},
		"another entry":           {engine{Address: address, Secret: constructs.SecretKey{Name: "w", Key: "x"}}, store{Key: w}, []string{secret, "the entry key"}},
		"a key for none":          {engine{Address: address, Secret: w}, store{Anonymous: true}, []string{"anonymous", "service.index.engine.secret", "leave out one"}},
		"another port":            {engine{Address: address + ":9999", Secret: w}, store{}, []string{"service.index.engine.address", "9999", "on the port 8080"}},
		"HTTPS":                   {engine{Address: "weaviates://git-rscilp-weaviate:8080", Secret: w}, store{}, []string{"service.index.engine.address", "write " + address}},
		"a PostgreSQL of it":      {engine{Address: "postgres://a@git-rscilp-weaviate:8080/x"}, store{Key: w}, []string{"service.index.engine.address", secret}},
		"another port of pods":    {engine{Address: address, Secret: w, PodPort: 81}, store{}, []string{"service.index.engine.podPort", "81"}},
		"other pods":              {engine{Address: address, Secret: w, Pods: map[string]string{"app": "weaviate"}}, store{}, []string{"service.index.engine.pods.app", "git-rscilp-weaviate"}},
		"a PostgreSQL's password": {engine{Address: "postgres://a@db/x", Secret: w}, store{}, []string{"key.name", "service.index.engine.secret", "set anonymous"}},
		"no key":                  {engine{Address: address}, store{}, []string{"key.name", "service.index.engine.secret", "set anonymous"}},
	} {
		t.Run(name, func(t *testing.T) {
			both := func(chart cdk8s.Chart) {
				tt.store.Service = constructs.NewRsclipModelService(chart, "service", asking(tt.engine))
				constructs.NewRsclipVectorStore(chart, "store", &tt.store)
			}
			if tt.want == nil {
				both(newChart())
				return
			}
			refusedFor(t, refusal(t, both), tt.want)
		})
	}
}

// TestAStoreIsFilledAsItAnswers has an index job that fills the store by a key of its own.
func TestAStoreIsFilledAsItAnswers(t *testing.T) {
	for secret, want := range map[string][]string{"weaviate": nil, "": {`indexJob.to.secret.name is ""`, "Secret weaviate"}, "x": {`indexJob.to.secret.name is "x"`, "Secret weaviate"}} {
		acceptedUnless(t, want, func(chart cdk8s.Chart) {
			service := constructs.NewRsclipModelService(chart, "service", asking(ownStore))
			to := constructs.SearchEngine{Address: ownStore.Address, Secret: constructs.SecretKey{Name: secret}}
			constructs.NewRsclipIndexJob(chart, "index", &constructs.RsclipIndexJobProps{Service: service, Output: constructs.ClaimFolder{Name: "indexes"}, To: &to})
			constructs.NewRsclipVectorStore(chart, "store", &constructs.RsclipVectorStoreProps{Service: service})
		})
	}
}

// TestWhoMayCallTheStore pins that the store's policy lets in who the service's and the
// job's let out, and that none of its pods belongs to another object.
func TestWhoMayCallTheStore(t *testing.T) {
	chart := newChart()
	service := constructs.NewRsclipModelService(chart, "service", asking(ownStore))
	job := constructs.NewRsclipIndexJob(chart, "index", &constructs.RsclipIndexJobProps{Service: service, Output: constructs.ClaimFolder{Name: "indexes"}})
	store := constructs.NewRsclipVectorStore(chart, "store", &constructs.RsclipVectorStoreProps{Service: service})
	text := func(object cdk8s.ApiObject) string {
		data, err := yaml.Marshal(object.ToJson())
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for name, pods := range map[string]string{"service": text(service.Deployment), "job": text(job.Job)} {
		label := map[string]string{"service": "app: git-rscilp\n", "job": "app: git-rscilp-index\n"}[name]
		if !strings.Contains(pods, label) || !strings.Contains(text(store.NetworkPolicy), label) {
			t.Errorf("the store's policy does not let the %s in, of %q", name, label)
		}
	}
	for name, policy := range map[string]cdk8s.ApiObject{"service": service.NetworkPolicy, "job": job.NetworkPolicy} {
		if out := text(policy); !strings.Contains(out, "port: 8080\n      protocol: TCP\n    to:\n    - namespaceSelector:\n        matchLabels:\n          kubernetes.io/metadata.name: git-rscilp\n") {
			t.Errorf("the %s may not call the store:\n%s", name, out)
		}
	}
	for _, object := range []cdk8s.ApiObject{service.Service, service.NetworkPolicy, service.PodDisruptionBudget, service.Deployment, job.NetworkPolicy} {
		if of := text(object); strings.Contains(of, "app: git-rscilp-weaviate") {
			t.Errorf("the store's pods are of another:\n%s", of)
		}
	}
}

// TestTheServiceAloneIsScraped pins that a ServiceMonitor finds the service's Service by
// its labels, and none that is beside it.
func TestTheServiceAloneIsScraped(t *testing.T) {
	type labels = map[string]string
	var selector labels
	services := map[string]labels{}
	text := manifest(t, func(chart cdk8s.Chart) {
		service := constructs.NewRsclipModelService(chart, "service", asking(ownStore))
		constructs.NewRsclipMonitoring(chart, "monitoring", &constructs.RsclipMonitoringProps{Service: service})
		constructs.NewRsclipIndexJob(chart, "index", &constructs.RsclipIndexJobProps{Service: service, Output: constructs.ClaimFolder{Name: "indexes"}})
		constructs.NewRsclipVectorStore(chart, "store", &constructs.RsclipVectorStoreProps{Service: service})
	})
	for document := range strings.SplitSeq(text, "---\n") {
		var object struct {
			Kind     string
			Metadata struct {
				Name   string
				Labels labels
			}
			Spec struct {
				Selector struct{ MatchLabels labels }
			}
		}
		switch err := yaml.Unmarshal([]byte(document), &object); {
		case object.Kind == "Service":
			services[object.Metadata.Name] = object.Metadata.Labels
		case object.Kind == "ServiceMonitor" && err == nil:
			selector = object.Spec.Selector.MatchLabels
		}
	}
	if len(selector) == 0 || len(services) != 3 {
		t.Fatalf("a selector %v, Services %v", selector, services)
	}
	for name, has := range services {
		found := true
		for key, value := range selector {
			found = found && has[key] == value
		}
		if found != (name == "git-rscilp-service") {
			t.Errorf("%s is scraped: %v, of the labels %v", name, found, has)
		}
		if has["app.kubernetes.io/instance"] != "git-rscilp" {
			t.Errorf("%s is of no instance: %v", name, has)
		}
	}
}

// TestNoSecretInManifests pins that keys and passwords come from Secrets.
func TestNoSecretInManifests(t *testing.T) {
	for engine, want := range map[string][]string{
		"weaviate://a.stores.svc":       {"name: SEARCH_URL\n", "name: RSCLIP_SEARCH_KEY\n", "key: key\n", "- --to=weaviate://a.stores.svc\n"},
		"postgres://rsclip@10.1.2.3/db": {"name: SEARCH_URL\n", "name: PGPASSWORD\n", "key: password\n", "- --to=postgres://rsclip@10.1.2.3/db\n"},
	} {
		chart := newChart()
		service := constructs.NewRsclipModelService(chart, "service", asking(constructs.SearchEngine{Address: engine, Secret: constructs.SecretKey{Name: "credentials"}}))
		job := constructs.NewRsclipIndexJob(chart, "index", &constructs.RsclipIndexJobProps{Service: service, Output: constructs.ClaimFolder{Name: "indexes"}})
		var all []string
		for _, object := range []cdk8s.ApiObject{service.Deployment, job.Job} {
			data, err := yaml.Marshal(object.ToJson())
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(data))
		}
		for _, part := range want {
			if !strings.Contains(strings.Join(all, ""), part) {
				t.Errorf("%s: no %q in:\n%s", engine, part, all)
			}
		}
		for i, pod := range all {
			if !strings.Contains(pod, "name: credentials\n") {
				t.Errorf("%s: pod %d has no Secret:\n%s", engine, i, pod)
			}
		}
		if strings.Contains(all[0], "INDEX_PATH") {
			t.Errorf("%s: the service has an index besides", engine)
		}
	}
}

func TestSearchEngineRefuses(t *testing.T) {
	open := constructs.NetworkPolicy{Egress: []constructs.NetworkDestination{{NetworkPeer: constructs.NetworkPeer{CIDR: "10.0.0.0/8"}, Ports: []int{5432}}}}
	for name, tt := range map[string]struct {
		engine  constructs.SearchEngine
		network constructs.NetworkPolicy
		want    []string // none: accepted
	}{
		"no address":              {constructs.SearchEngine{}, constructs.NetworkPolicy{}, []string{"index.engine.address", "begins with weaviate://", "weaviate://git-rscilp-weaviate"}},
		"another engine":          {constructs.SearchEngine{Address: "http://host"}, constructs.NetworkPolicy{}, []string{"index.engine.address", "http://host", "postgres://"}},
		"a password":              {constructs.SearchEngine{Address: "postgres://u:hidden@a/db"}, constructs.NetworkPolicy{}, []string{"index.engine.address", `"a/db"`, "without a password or key", "index.engine.secret"}},
		"a password behind":       {constructs.SearchEngine{Address: "postgres://u@a/db?password=hidden"}, constructs.NetworkPolicy{}, []string{"without a password"}},
		"a password that breaks":  {constructs.SearchEngine{Address: "weaviate://u:hidden@a"}, constructs.NetworkPolicy{}, []string{"index.engine.address"}},
		"no host":                 {constructs.SearchEngine{Address: "postgres:///db"}, constructs.NetworkPolicy{}, []string{"its hosts before the database"}},
		"a key behind":            {constructs.SearchEngine{Address: "weaviate://store?key=hidden"}, constructs.NetworkPolicy{}, []string{"index.engine.address", "without a path or query"}},
		"a key before":            {constructs.SearchEngine{Address: "weaviate://hidden@store"}, constructs.NetworkPolicy{}, []string{`"store"`, "without a password or key", "index.engine.secret"}},
		"a password of a key":     {constructs.SearchEngine{Address: "postgres://u@a/db?sslpassword=hidden"}, constructs.NetworkPolicy{}, []string{"without a password or key"}},
		"no mode of TLS":          {constructs.SearchEngine{Address: "postgres://u@a/db?sslmode=bogus"}, constructs.NetworkPolicy{}, []string{"sslmode of disable, ", "verify-full"}},
		"two ports":               {constructs.SearchEngine{Address: "weaviate://store:8080:9090"}, constructs.NetworkPolicy{}, []string{"weaviate://store:8080:9090", "at most one port"}},
		"the host behind":         {constructs.SearchEngine{Address: "postgres://a/db?host=b"}, constructs.NetworkPolicy{}, []string{"its hosts before the database"}},
		"a port that is none":     {constructs.SearchEngine{Address: "weaviate://a:70000"}, constructs.NetworkPolicy{}, []string{"index.engine.address"}},
		"a private host":          {constructs.SearchEngine{Address: "postgres://u@db.corp.internal/db"}, constructs.NetworkPolicy{}, []string{"db.corp.internal", "networkPolicy.egress"}},
		"one that may be private": {constructs.SearchEngine{Address: "weaviate://weaviate.stores"}, constructs.NetworkPolicy{}, []string{"weaviate.stores", "NAME.NAMESPACE.svc"}},
		"a private host, opened":  {constructs.SearchEngine{Address: "postgres://u@db.corp.internal/db"}, open, nil},
		"without a policy":        {constructs.SearchEngine{Address: "postgres://u@db.corp.internal/db"}, constructs.NetworkPolicy{Disabled: true}, nil},
		"the collection":          {constructs.SearchEngine{Address: "weaviate://a", Collection: "a-b"}, constructs.NetworkPolicy{}, []string{"index.engine.collection", "a-b"}},
		"the secret":              {constructs.SearchEngine{Address: "weaviate://a", Secret: constructs.SecretKey{Name: "A"}}, constructs.NetworkPolicy{}, []string{"index.engine.secret.name"}},
		"the labels":              {constructs.SearchEngine{Address: "weaviate://a", Pods: map[string]string{"a": "b c"}}, constructs.NetworkPolicy{}, []string{"index.engine.pods.a"}},
		"the pods' port":          {constructs.SearchEngine{Address: "weaviate://a", PodPort: 70000}, constructs.NetworkPolicy{}, []string{"index.engine.podPort"}},
	} {
		t.Run(name, func(t *testing.T) {
			props := asking(tt.engine)
			props.NetworkPolicy = tt.network
			if tt.want == nil {
				constructs.NewRsclipModelService(newChart(), "service", props)
				return
			}
			err := refusal(t, func(chart cdk8s.Chart) { constructs.NewRsclipModelService(chart, "service", props) })
			if err == nil || len(err.Fields) != 1 {
				t.Fatalf("%v", err)
			}
			refusedFor(t, err, tt.want)
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

// TestEngineEgress pins whom the pods may call beside what a service without an engine
// may, as "peer ports".
func TestEngineEgress(t *testing.T) {
	rules := func(props *constructs.RsclipModelServiceProps) (out []string) {
		service := constructs.NewRsclipModelService(newChart(), "service", props)
		data, err := yaml.Marshal(service.NetworkPolicy.ToJson())
		if err != nil {
			t.Fatal(err)
		}
		var policy struct{ Spec struct{ Egress []any } }
		if err := yaml.Unmarshal(data, &policy); err != nil {
			t.Fatal(err)
		}
		for _, rule := range policy.Spec.Egress {
			text, err := yaml.Marshal(rule)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, string(text))
		}
		return out
	}
	before := rules(&constructs.RsclipModelServiceProps{})
	for name, tt := range map[string]struct {
		engine constructs.SearchEngine
		want   [][]string // for each rule, its parts
	}{
		"a Service of the namespace":         {constructs.SearchEngine{Address: "weaviate://store"}, [][]string{{"metadata.name: git-rscilp\n", "port: 8080\n"}}},
		"one of another namespace":           {constructs.SearchEngine{Address: "weaviate://store.vectors.svc:80", Pods: map[string]string{"app": "weaviate"}, PodPort: 8081}, [][]string{{"metadata.name: vectors\n", "app: weaviate\n", "port: 8081\n"}}},
		"by its whole name":                  {constructs.SearchEngine{Address: "postgres://u@db.data.svc.cluster.local/db"}, [][]string{{"metadata.name: data\n", "port: 5432\n"}}},
		"pods of one Service":                {constructs.SearchEngine{Address: "weaviate://s-0.s.vectors.svc,s-1.s.vectors.svc"}, [][]string{{"metadata.name: vectors\n", "port: 8080\n"}}},
		"one with capitals":                  {constructs.SearchEngine{Address: "weaviate://Store.Vectors.SVC"}, [][]string{{"metadata.name: vectors\n", "port: 8080\n"}}},
		"IPv4 as IPv6":                       {constructs.SearchEngine{Address: "weaviate://[::ffff:10.1.2.3]"}, [][]string{{"cidr: 10.1.2.3/32\n", "port: 8080\n"}}},
		"addresses":                          {constructs.SearchEngine{Address: "weaviate://10.1.2.3:81,[fd00::1]"}, [][]string{{"cidr: 10.1.2.3/32\n", "port: 81\n"}, {"cidr: fd00::1/128\n", "port: 8080\n"}}},
		"a public host on a port that is":    {constructs.SearchEngine{Address: "weaviates://a.weaviate.example.com"}, nil},
		"a public host on a port that isn't": {constructs.SearchEngine{Address: "postgres://u@db.example.com/db"}, [][]string{{"cidr: 0.0.0.0/0\n", "- 10.0.0.0/8\n", "port: 5432\n"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := rules(asking(tt.engine))
			for _, rule := range before {
				if !slices.Contains(got, rule) {
					t.Errorf("no longer allowed:\n%s", rule)
				}
			}
			got = slices.DeleteFunc(got, func(rule string) bool { return slices.Contains(before, rule) })
			if len(got) != len(tt.want) {
				t.Fatalf("%d rules, want %d: %q", len(got), len(tt.want), got)
			}
			for i, parts := range tt.want {
				for _, part := range parts {
					if !strings.Contains(got[i], part) {
						t.Errorf("no %q in:\n%s", part, got[i])
					}
				}
				if n := strings.Count(got[i], "port: "); n != 1 {
					t.Errorf("%d ports:\n%s", n, got[i])
				}
			}
		})
	}
}
