package constructs_test

import (
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

func TestServiceManifest(t *testing.T) {
	tests := []struct {
		name  string
		props *constructs.RsclipModelServiceProps
	}{
		{"service-default", nil},
		{"service-cpu", &constructs.RsclipModelServiceProps{
			Name:              "scorer",
			Namespace:         "vision",
			ExistingNamespace: true,
			Image:             "registry.example:5000/vision/scorer@sha256:" + strings.Repeat("0a", 32),
			ImagePullPolicy:   "IfNotPresent",
			ImagePullSecrets:  []string{},
			Replicas:          1,
			Resources: constructs.Resources{
				Requests: constructs.ResourceList{CPU: "250m", Memory: "512Mi"},
				Limits:   constructs.ResourceList{Memory: "1Gi"},
			},
			GPU:         constructs.GPU{ResourceName: "example.com/dropped"},
			ServiceType: constructs.ClusterIP,
			Port:        8000,
			Model:       config.Model{Device: config.CPU, Precision: config.FP32, BatchSize: 4},
			App:         config.App{Server: config.Server{Port: 9000}, Logging: config.Logging{Format: "json"}},
		}},
		{"service-placed", &constructs.RsclipModelServiceProps{
			GPU: constructs.GPU{
				Products: []string{"NVIDIA-H100-80GB-HBM3", "NVIDIA-A100-SXM4-80GB"}, RuntimeClassName: "nvidia", SharedMemory: "1Gi",
			},
			Scheduling: constructs.Scheduling{
				NodeLabels:        map[string][]string{"node.example/pool": {"gpu"}},
				PreferredZones:    []string{"eu-1a"},
				NearPods:          map[string]string{"app": "picture-cache"},
				SpreadZones:       constructs.Prefer,
				SpreadHosts:       constructs.Require,
				Tolerations:       []constructs.Toleration{{Key: "nvidia.com/gpu"}, {Key: "pool", Value: "gpu", Effect: "NoSchedule"}},
				PriorityClassName: "inference",
			},
			Rollout: constructs.Rollout{
				Strategy: constructs.NoSpareGPU, StartupSeconds: 1201, MinReadySeconds: 10, RevisionHistoryLimit: 3, ChangeCause: "model of June",
			},
			App: config.App{Server: config.Server{DrainSeconds: 20}},
		}},
		{"service-near", &constructs.RsclipModelServiceProps{
			GPU:        constructs.GPU{Products: []string{"dropped"}, RuntimeClassName: "dropped", SharedMemory: "1Gi"},
			Scheduling: constructs.Scheduling{NearPods: map[string]string{"app": "picture-cache"}},
			Rollout:    constructs.Rollout{Strategy: constructs.Surge},
			Model:      config.Model{Device: config.CPU},
			App:        config.App{Server: config.Server{DrainSeconds: -1}},
		}},
		{"service-mig", &constructs.RsclipModelServiceProps{
			Image:            "registry.example/scorer",
			ImagePullSecrets: []string{"first", "second"},
			GPU:              constructs.GPU{ResourceName: "nvidia.com/mig-1g.10gb", CacheClaim: "kernels"},
			Model:            config.Model{Device: config.TensorRT},
		}},
		{"service-guarded", &constructs.RsclipModelServiceProps{
			DisruptionBudget: constructs.DisruptionBudget{MaxUnavailable: 2},
			ResourceQuota: constructs.ResourceQuota{
				Pods: 6, GPUs: 6,
				Requests: constructs.ResourceList{CPU: "12", Memory: "48Gi"}, Limits: constructs.ResourceList{CPU: "24", Memory: "96Gi"},
			},
			Security:           constructs.Security{RunAsUser: 1000, RunAsGroup: 2000, TemporaryStorage: "256Mi", NamespaceEnforces: constructs.Baseline},
			ServiceAccountName: "vision",
			APIKeys:            constructs.SecretKey{Name: "callers", Key: "production.txt"},
			NetworkPolicy: constructs.NetworkPolicy{
				Ingress: []constructs.NetworkPeer{
					{CIDR: "203.0.113.0/24"},
					{Namespace: "ingress-nginx", Pods: map[string]string{"app": "ingress"}},
					{Pods: map[string]string{"app": "caller"}},
				},
				MonitoringNamespace: "prometheus",
				PublicPorts:         []int{443},
				PrivateRanges:       []string{"2600:1f14::/36", "203.0.113.0/24"},
				Egress: []constructs.NetworkDestination{
					{NetworkPeer: constructs.NetworkPeer{Namespace: "stores", Pods: map[string]string{"app": "minio"}}, Ports: []int{9000}},
					{NetworkPeer: constructs.NetworkPeer{CIDR: "10.20.0.0/16"}},
				},
				DNS: []constructs.NetworkDestination{
					{NetworkPeer: constructs.NetworkPeer{Namespace: "openshift-dns"}, Ports: []int{5353}},
					{NetworkPeer: constructs.NetworkPeer{CIDR: "169.254.20.10/32"}},
				},
			},
			LoadBalancerSourceRanges: []string{"203.0.113.0/24", "2001:db8::/32"},
			App:                      config.App{Server: config.Server{MetricsPort: 9090}, Fetch: &config.Fetch{AllowedHosts: []string{"minio.stores.svc:9000"}}},
		}},
		{"service-tls", &constructs.RsclipModelServiceProps{
			TLS: constructs.TLSSecret{SecretName: "certificate", AuthorityKey: "ca.crt"},
			App: config.App{Server: config.Server{GRPCPort: 8081}},
		}},
		{"service-ports", &constructs.RsclipModelServiceProps{
			Pods: constructs.Pods{
				Volumes:      []map[string]any{{"name": "certificates", "csi": map[string]any{"driver": "csi.example.com", "readOnly": true}}},
				VolumeMounts: []map[string]any{{"name": "certificates", "mountPath": "/certificates", "readOnly": true}},
			},
			App: config.App{Server: config.Server{
				GRPCPort: 8081, MetricsPort: 9090, TLS: &config.TLS{CertFile: "/certificates/own.pem", KeyFile: "/certificates/own.key"},
			}},
		}},
		{"service-grpc", &constructs.RsclipModelServiceProps{
			ServiceType: constructs.ClusterIP,
			App:         config.App{Server: config.Server{GRPCPort: 8081}},
		}},
		{"service-unguarded", &constructs.RsclipModelServiceProps{
			DisruptionBudget: constructs.DisruptionBudget{Disabled: true},
			Security:         constructs.Security{RunAsUser: -1, RunAsGroup: -1, WritableRoot: true, NamespaceEnforces: constructs.Privileged},
			NetworkPolicy:    constructs.NetworkPolicy{Disabled: true},
			App:              config.App{Fetch: &config.Fetch{AllowedHosts: []string{"store"}}},
		}},
		{"service-closed", &constructs.RsclipModelServiceProps{
			ServiceType:   constructs.ClusterIP,
			NetworkPolicy: constructs.NetworkPolicy{Ingress: []constructs.NetworkPeer{}, PublicPorts: []int{}, DNS: []constructs.NetworkDestination{}},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			golden(t, tt.name, manifest(t, func(chart cdk8s.Chart) {
				constructs.NewRsclipModelService(chart, "service", tt.props)
			}))
		})
	}
}

func TestServiceExposesWhatItMade(t *testing.T) {
	got := manifest(t, func(chart cdk8s.Chart) {
		service := constructs.NewRsclipModelService(chart, "service", nil)
		for _, object := range []cdk8s.ApiObject{
			service.Namespace, service.ServiceAccount, service.ConfigMap, service.NetworkPolicy, service.PodDisruptionBudget, service.Deployment, service.Service,
		} {
			object.AddJsonPatch(cdk8s.JsonPatch_Add(new("/metadata/annotations"), map[string]string{"patched": *object.Name()}))
		}
	})
	for _, name := range []string{"git-rscilp", "git-rscilp-sa", "git-rscilp-config", "git-rscilp-network", "git-rscilp-pdb", "git-rscilp-deployment", "git-rscilp-service"} {
		if !strings.Contains(got, "patched: "+name+"\n") {
			t.Errorf("%s was not patched:\n%s", name, got)
		}
	}
}

// TestChecksum pins that pods roll when the configuration changes, and only then.
func TestChecksum(t *testing.T) {
	checksum := func(p constructs.RsclipModelServiceProps) string {
		m := manifest(t, func(chart cdk8s.Chart) { constructs.NewRsclipModelService(chart, "service", &p) })
		_, rest, _ := strings.Cut(m, "checksum/config: ")
		sum, _, found := strings.Cut(rest, "\n")
		if !found {
			t.Fatalf("no checksum in:\n%s", m)
		}
		return sum
	}
	before := checksum(constructs.RsclipModelServiceProps{})
	tests := []struct {
		name    string
		props   constructs.RsclipModelServiceProps
		changes bool
	}{
		{"the same", constructs.RsclipModelServiceProps{}, false},
		{"a default written out", constructs.RsclipModelServiceProps{Model: config.Model{BatchSize: 32}}, false},
		{"not configuration", constructs.RsclipModelServiceProps{Replicas: 5}, false},
		{"the model's file", constructs.RsclipModelServiceProps{Model: config.Model{BatchSize: 16}}, true},
		{"the application's file", constructs.RsclipModelServiceProps{App: config.App{Server: config.Server{Workers: 8}}}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if changed := checksum(tt.props) != before; changed != tt.changes {
				t.Errorf("checksum changed: %v, want %v", changed, tt.changes)
			}
		})
	}
}

func TestServiceRefuses(t *testing.T) {
	type props = constructs.RsclipModelServiceProps
	requests := func(cpu, memory string) props {
		return props{Resources: constructs.Resources{Requests: constructs.ResourceList{CPU: cpu, Memory: memory}}}
	}
	network := func(n constructs.NetworkPolicy) props {
		return props{ServiceType: constructs.ClusterIP, NetworkPolicy: n}
	}
	ingress := func(peer constructs.NetworkPeer) props {
		return network(constructs.NetworkPolicy{Ingress: []constructs.NetworkPeer{peer}})
	}
	egress := func(to constructs.NetworkDestination) props {
		return network(constructs.NetworkPolicy{Egress: []constructs.NetworkDestination{to}})
	}
	tests := []struct {
		name  string
		props props
		want  []string
	}{
		{"negative replicas", props{Replicas: -1}, []string{`RsclipModelService "bad"`, "replicas is -1: must be 1 to 1000; "}},
		{"name with underscore", props{Name: "git_rscilp"}, []string{`name is "git_rscilp": must be a DNS label`, "lower-case"}},
		{"name beginning with a digit", props{Name: "1st"}, []string{`name is "1st"`, "a letter first"}},
		{"name too long for its suffixes", props{Name: strings.Repeat("a", 50)}, []string{"name is", "at most 49", "; make it shorter by 1"}},
		{"namespace in upper case", props{Namespace: "Vision"}, []string{`namespace is "Vision": must be a DNS label`}},
		{"blank image", props{Image: " "}, []string{`image is " ": must be an image reference`}},
		{"image of a tag alone", props{Image: ":1.0"}, []string{`image is ":1.0"`, "registry.example/team"}},
		{"image with a scheme", props{Image: "https://registry.example/x"}, []string{"image is"}},
		{"image with a short digest", props{Image: "x@sha256:00"}, []string{"image is"}},
		{"pull policy", props{ImagePullPolicy: "always"}, []string{`imagePullPolicy is "always": must be Always, IfNotPresent, Never`}},
		{"pull secret", props{ImagePullSecrets: []string{"ok", "Not OK"}}, []string{`imagePullSecrets is "Not OK"`}},
		{"cpu that is no quantity", requests("two", ""), []string{`resources.requests.cpu is "two": must be a Kubernetes quantity of cores, 1m to 1024; write it like "500m"`}},
		{"negative memory", requests("", "-1Gi"), []string{`resources.requests.memory is "-1Gi"`}},
		{"zero cpu", requests("0", ""), []string{`resources.requests.cpu is "0"`}},
		{"memory request above its limit", requests("", "17Gi"), []string{`resources.requests.memory is "17Gi": must be at most resources.limits.memory, 16Gi; lower the request or raise the limit`}},
		{"cpu request above its limit", requests("4001m", ""), []string{`resources.requests.cpu is "4001m"`}},
		{"limit below the default request", props{Resources: constructs.Resources{Limits: constructs.ResourceList{Memory: "4G"}}}, []string{`resources.requests.memory is "8Gi"`, "resources.limits.memory, 4G"}},
		{"gpu count", props{GPU: constructs.GPU{Count: -1}}, []string{"gpu.count is -1: must be 1, since"}},
		{"more GPUs than one", props{GPU: constructs.GPU{Count: 2}}, []string{"gpu.count is 2: must be 1, since the server runs on one GPU; leave it out, and set replicas"}},
		{"claim of a cache", props{GPU: constructs.GPU{CacheClaim: "Kernels"}}, []string{`gpu.cacheClaim is "Kernels"`}},
		{"gpu resource without a domain", props{GPU: constructs.GPU{ResourceName: "gpu"}}, []string{`gpu.resourceName is "gpu"`, "nvidia.com/gpu"}},
		{"gpu product", props{GPU: constructs.GPU{Products: []string{"A100", "H 100"}}}, []string{`gpu.products[1] is "H 100"`, "kubectl get nodes"}},
		{"runtime class", props{GPU: constructs.GPU{RuntimeClassName: "NVIDIA"}}, []string{`gpu.runtimeClassName is "NVIDIA"`}},
		{"shared memory", props{GPU: constructs.GPU{SharedMemory: "lots"}}, []string{`gpu.sharedMemory is "lots"`}},
		{"shared memory above the limit", props{GPU: constructs.GPU{SharedMemory: "17Gi"}}, []string{`gpu.sharedMemory is "17Gi": must be at most resources.limits.memory, 16Gi`}},
		{"annotations that no object keeps", props{Objects: constructs.Objects{Annotations: map[string]string{"a": strings.Repeat("x", 300_000)}}}, []string{`objects.annotations is "300001 bytes": must be at most 196608 bytes together`}},
		{"node label key", props{Scheduling: constructs.Scheduling{NodeLabels: map[string][]string{"a b": {"x"}}}}, []string{"scheduling.nodeLabels.a b"}},
		{"node label without values", props{Scheduling: constructs.Scheduling{NodeLabels: map[string][]string{"pool": {}}}}, []string{"scheduling.nodeLabels.pool", "one value or more"}},
		{"zone", props{Scheduling: constructs.Scheduling{PreferredZones: []string{""}}}, []string{`scheduling.preferredZones[0] is ""`}},
		{"near pods", props{Scheduling: constructs.Scheduling{NearPods: map[string]string{"app": "a/b"}}}, []string{`scheduling.nearPods.app is "a/b"`}},
		{"spread", props{Scheduling: constructs.Scheduling{SpreadZones: "always"}}, []string{`scheduling.spreadZones is "always": must be prefer, require`}},
		{"spread over hosts", props{Scheduling: constructs.Scheduling{SpreadHosts: "no"}}, []string{`scheduling.spreadHosts is "no"`}},
		{"toleration", props{Scheduling: constructs.Scheduling{Tolerations: []constructs.Toleration{{Effect: "Never"}}}}, []string{`scheduling.tolerations[0].key is ""`, `scheduling.tolerations[0].effect is "Never"`}},
		{"priority class", props{Scheduling: constructs.Scheduling{PriorityClassName: "High"}}, []string{`scheduling.priorityClassName is "High"`}},
		{"strategy", props{Rollout: constructs.Rollout{Strategy: "canary"}}, []string{`rollout.strategy is "canary": must be surge, noSpareGPU`}},
		{"startup", props{Rollout: constructs.Rollout{StartupSeconds: 10}}, []string{"rollout.startupSeconds is 10: must be 30 to 7200"}},
		{"minimum ready above the deadline", props{Rollout: constructs.Rollout{MinReadySeconds: 600}}, []string{"rollout.minReadySeconds is 600: must be 0 to 599"}},
		{"revision history", props{Rollout: constructs.Rollout{RevisionHistoryLimit: -1}}, []string{"rollout.revisionHistoryLimit is -1"}},
		{"change cause", props{Rollout: constructs.Rollout{ChangeCause: strings.Repeat("x", 2000)}}, []string{"rollout.changeCause", "at most 1024 bytes"}},
		{"service type", props{ServiceType: "Ingress"}, []string{`serviceType is "Ingress": must be LoadBalancer, NodePort, ClusterIP`}},
		{"user root, as nearly as can be said", props{Security: constructs.Security{RunAsUser: -2}}, []string{"security.runAsUser is -2: must be 1 to 2147483647"}},
		{"group", props{Security: constructs.Security{RunAsGroup: -2}}, []string{"security.runAsGroup is -2"}},
		{"temporary storage", props{Security: constructs.Security{TemporaryStorage: "some"}}, []string{`security.temporaryStorage is "some": must be a Kubernetes quantity`}},
		{"standard of the namespace", props{Security: constructs.Security{NamespaceEnforces: "strict"}}, []string{`security.namespaceEnforces is "strict": must be restricted, baseline, privileged`}},
		{"service account", props{ServiceAccountName: "Vision"}, []string{`serviceAccountName is "Vision": must be the name of an object`}},
		{"secret without a name", props{APIKeys: constructs.SecretKey{Key: "keys"}}, []string{`apiKeys.name is "": must be the name of an object`}},
		{"secret's key", props{APIKeys: constructs.SecretKey{Name: "callers", Key: "a/b"}}, []string{`apiKeys.key is "a/b": must be a key of a Secret`}},
		{"keys of a Secret and of a file", props{APIKeys: constructs.SecretKey{Name: "callers"}, App: config.App{Server: config.Server{APIKeysFile: "/keys"}}}, []string{`app.server.api_keys_file is "/keys": must be left out beside apiKeys`}},
		{"disruption budget that blocks drains", props{DisruptionBudget: constructs.DisruptionBudget{MaxUnavailable: -1}}, []string{"disruptionBudget.maxUnavailable is -1: must be 1 to 1000"}},
		{"quota of fewer pods than replicas", props{ResourceQuota: constructs.ResourceQuota{Pods: 1}}, []string{"resourceQuota.pods is 1: must be at least 3, which the 2 pods and the 1 more of a rollout need"}},
		{"quota of fewer GPUs", props{Replicas: 4, ResourceQuota: constructs.ResourceQuota{GPUs: 3}}, []string{"resourceQuota.gpus is 3: must be at least 5"}},
		{"quota of GPUs on the cpu", props{Model: config.Model{Device: config.CPU}, ResourceQuota: constructs.ResourceQuota{GPUs: 3}}, []string{"resourceQuota.gpus is 3: must be left out"}},
		{"negative quota", props{ResourceQuota: constructs.ResourceQuota{Pods: -1}}, []string{"resourceQuota.pods is -1: must be 1 to 1000000"}},
		{"quota that is no quantity", props{ResourceQuota: constructs.ResourceQuota{Limits: constructs.ResourceList{CPU: "all"}}}, []string{`resourceQuota.limits.cpu is "all"`}},
		{"quota below the pods' sum", props{ResourceQuota: constructs.ResourceQuota{Requests: constructs.ResourceList{Memory: "15Gi"}}}, []string{`resourceQuota.requests.memory is "15Gi": must be at least 3 times resources.requests.memory, 8Gi, for the 2 pods and the 1 more of a rollout; raise it`}},
		{"peer of pods and addresses", ingress(constructs.NetworkPeer{Namespace: "x", CIDR: "10.0.0.0/8"}), []string{`networkPolicy.ingress[0].cidr is "10.0.0.0/8": must be alone`}},
		{"peer of nothing", ingress(constructs.NetworkPeer{}), []string{`networkPolicy.ingress[0] is "": must be a namespace, pods or a cidr`}},
		{"peer's namespace", ingress(constructs.NetworkPeer{Namespace: "*-nginx"}), []string{`networkPolicy.ingress[0].namespace is "*-nginx"`}},
		{"peer's pods", ingress(constructs.NetworkPeer{Pods: map[string]string{"app": "a b"}}), []string{`networkPolicy.ingress[0].pods.app is "a b"`}},
		{"peer that is an address", ingress(constructs.NetworkPeer{CIDR: "10.0.0.1"}), []string{`networkPolicy.ingress[0].cidr is "10.0.0.1": must be a range`, "/32"}},
		{"peer with bits beyond its length", ingress(constructs.NetworkPeer{CIDR: "10.0.0.1/8"}), []string{`networkPolicy.ingress[0].cidr is "10.0.0.1/8"`, "write 10.0.0.0/8"}},
		{"only pods behind a load balancer", props{NetworkPolicy: constructs.NetworkPolicy{Ingress: []constructs.NetworkPeer{{Namespace: "*"}}}}, []string{"networkPolicy.ingress is", "where serviceType is LoadBalancer", "choose serviceType ClusterIP"}},
		{"monitoring namespace", network(constructs.NetworkPolicy{MonitoringNamespace: "*"}), []string{`networkPolicy.monitoringNamespace is "*"`}},
		{"public port", network(constructs.NetworkPolicy{PublicPorts: []int{80, 0}}), []string{"networkPolicy.publicPorts[1] is 0: must be 1 to 65535"}},
		{"private range", network(constructs.NetworkPolicy{PrivateRanges: []string{"10.1.2.3"}}), []string{`networkPolicy.privateRanges[0] is "10.1.2.3": must be a range of addresses`}},
		{"private range of everything", network(constructs.NetworkPolicy{PrivateRanges: []string{"0.0.0.0/0"}}), []string{`networkPolicy.privateRanges[0] is "0.0.0.0/0": must be a part of 0.0.0.0/0 or of 2000::/3`}},
		{"private ranges of the server alone", props{App: config.App{Fetch: &config.Fetch{PrivateRanges: []string{"2600:1f14::/36"}}}}, []string{"app.fetch.private_ranges is", "write networkPolicy.privateRanges"}},
		{"private range that is closed", network(constructs.NetworkPolicy{PrivateRanges: []string{"fd00::/8"}}), []string{`networkPolicy.privateRanges[0] is "fd00::/8"`, "leave it out"}},
		{"destination's port", egress(constructs.NetworkDestination{NetworkPeer: constructs.NetworkPeer{Namespace: "s"}, Ports: []int{70000}}), []string{"networkPolicy.egress[0].ports[0] is 70000"}},
		{"destination of nothing", network(constructs.NetworkPolicy{DNS: []constructs.NetworkDestination{{Ports: []int{53}}}}), []string{"networkPolicy.dns[0] is"}},
		{"private hosts that the policy keeps out", props{App: config.App{Fetch: &config.Fetch{AllowedHosts: []string{"store"}}}}, []string{"networkPolicy.egress is", "app.fetch.allowed_hosts", "disable networkPolicy"}},
		{"source range", props{LoadBalancerSourceRanges: []string{"203.0.113.7"}}, []string{`loadBalancerSourceRanges[0] is "203.0.113.7"`, "203.0.113.7/32"}},
		{"source ranges without a load balancer", props{ServiceType: constructs.ClusterIP, LoadBalancerSourceRanges: []string{"203.0.113.0/24"}}, []string{"loadBalancerSourceRanges is", "left out where serviceType is ClusterIP"}},
		{"port", props{Port: 65536}, []string{"port is 65536: must be 1 to 65535"}},
		{"port twice", props{Port: 8081, App: config.App{Server: config.Server{GRPCPort: 8081}}}, []string{"port is 8081: must be another port than app.server.grpc_port"}},
		{"secret of no name", props{TLS: constructs.TLSSecret{AuthorityKey: "ca.crt"}}, []string{`tls.secretName is ""`}},
		{"secret's name", props{TLS: constructs.TLSSecret{SecretName: "A"}}, []string{`tls.secretName is "A": must be the name of an object`}},
		{"secret's entry", props{TLS: constructs.TLSSecret{SecretName: "a", AuthorityKey: "ca crt"}}, []string{`tls.authorityKey is "ca crt": must be a key of a Secret`}},
		{"certificate of two places", props{
			TLS: constructs.TLSSecret{SecretName: "a"}, App: config.App{Server: config.Server{TLS: &config.TLS{CertFile: "/c", KeyFile: "/k"}}},
		}, []string{`app.server.tls is "/c": must be left out beside tls`}},
		{"model configuration", props{Model: config.Model{Device: "gpu"}}, []string{`model.device is "gpu": must be cpu, cuda, tensorrt`}},
		{"application configuration", props{App: config.App{Server: config.Server{Workers: -4}}}, []string{"app.server.workers is -4"}},
		{"every bad prop", props{Replicas: -1, Port: -1}, []string{"replicas is -1", "port is -1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
				constructs.NewRsclipModelService(chart, "bad", &tt.props)
			}), tt.want)
		})
	}
}
