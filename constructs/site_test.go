package constructs_test

import (
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
)

type object = map[string]any

// TestSiteManifest has everything that a site adds.
func TestSiteManifest(t *testing.T) {
	golden(t, "site", manifest(t, func(chart cdk8s.Chart) {
		service := constructs.NewRsclipModelService(chart, "service", &constructs.RsclipModelServiceProps{
			Name: "scorer", Image: "registry.example/scorer:2.0.1", KubernetesVersion: "1.34",
			ExistingNamespace: true,
			NetworkPolicy:     constructs.NetworkPolicy{Egress: []constructs.NetworkDestination{{NetworkPeer: constructs.NetworkPeer{CIDR: "10.0.0.0/8"}, Ports: []int{3128}}}},
			Objects:           constructs.Objects{Labels: map[string]string{"cost": "vision"}, Annotations: map[string]string{"example.com/owner": "vision"}},
			Pods: constructs.Pods{
				Labels:         map[string]string{"team": "vision"},
				Annotations:    map[string]string{"example.com/log": "json"},
				Env:            []map[string]any{{"name": "HTTPS_PROXY", "value": "http://proxy.corp.internal:3128"}, {"name": "NODE", "valueFrom": object{"fieldRef": object{"fieldPath": "spec.nodeName"}}}},
				EnvFrom:        []map[string]any{{"secretRef": object{"name": "site"}}},
				CABundle:       constructs.CABundle{ConfigMap: "site-ca", Key: "bundle.pem"},
				Volumes:        []map[string]any{{"name": "scratch", "emptyDir": object{}}},
				VolumeMounts:   []map[string]any{{"name": "scratch", "mountPath": "/scratch"}},
				InitContainers: []map[string]any{{"name": "mesh", "image": "registry.example/mesh:1", "restartPolicy": "Always"}},
				Sidecars:       []map[string]any{{"name": "logs", "image": "registry.example/logs:1", "securityContext": object{"allowPrivilegeEscalation": false, "capabilities": object{"drop": []string{"ALL"}}}}},
				ResourceClaims: []map[string]any{{"name": "gpu", "resourceClaimTemplateName": "gpu"}},
				Affinity:       object{"nodeAffinity": object{}},
				SchedulerName:  "volcano",
			},
			Resources:        constructs.Resources{NoCPULimit: true},
			Probes:           constructs.Probes{Startup: constructs.Probe{PeriodSeconds: 10}, Liveness: constructs.Probe{FailureThreshold: 6}, Readiness: constructs.Probe{TimeoutSeconds: 2}},
			Rollout:          constructs.Rollout{MaxSurge: "50%", MaxUnavailable: "0", ImmutableConfig: true},
			DisruptionBudget: constructs.DisruptionBudget{MaxUnavailablePercent: 20},
			ServiceType:      constructs.LoadBalancer,
			Expose: constructs.Expose{
				Annotations: map[string]string{"example.com/internal": "true"}, LoadBalancerClass: "example.com/nlb", ExternalTrafficPolicy: "Local", NodePort: 30080, GRPCNodePort: 30081,
				Ingress: constructs.Ingress{
					Hostnames: []string{"rsclip.site", "*.rsclip.site"}, ClassName: "public", TLSSecretName: "certificate",
					Annotations: map[string]string{"example.com/body": "16m"},
				},
			},
			ModelSource: constructs.ModelSource{Archive: &constructs.ModelArchive{URL: "https://store.site/model.tar.gz", SHA256: archiveSum}},
			App:         config.App{Server: config.Server{GRPCPort: 8081, RequestTimeoutSeconds: 120}},
		})
		constructs.NewGpuAutoscaler(chart, "autoscaler", &constructs.GpuAutoscalerProps{
			Service: service, Name: "vision", CPUUtilization: -1,
			Metrics:     []map[string]any{{"type": "External", "external": object{"metric": object{"name": "waiting"}, "target": object{"type": "AverageValue", "averageValue": "30"}}}},
			OwnBehavior: object{"scaleUp": object{"tolerance": "0.05"}},
		})
		constructs.NewRsclipMonitoring(chart, "monitoring", &constructs.RsclipMonitoringProps{
			Service: service, ScrapeInterval: "1m", ScrapeTimeout: "20s",
			Relabelings:       []map[string]any{{"action": "labeldrop", "regex": "pod_ip"}},
			MetricRelabelings: []map[string]any{{"action": "drop", "sourceLabels": []string{"__name__"}, "regex": "go_.*"}},
			AlertLabels:       map[string]string{"team": "vision"}, RunbookURL: "https://wiki.example/rsclip",
		})
	}))
}

const archiveSum = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestSiteRefuses(t *testing.T) {
	type (
		props = constructs.RsclipModelServiceProps
		pods  = constructs.Pods
	)
	tests := []struct {
		name  string
		props props
		want  []string
	}{
		{"release", props{KubernetesVersion: "1.22"}, []string{`kubernetesVersion is "1.22": must be a release of Kubernetes from 1.23 on`}},
		{"Kubernetes' own namespace", props{Namespace: "kube-system", ExistingNamespace: true}, []string{`namespace is "kube-system": must be a namespace that is not Kubernetes' own`}},
		{"the default namespace", props{Namespace: "default"}, []string{`namespace is "default"`}},
		{"label of selectors", props{Objects: constructs.Objects{Labels: map[string]string{"app": "x"}}}, []string{`objects.labels.app is "x": must be left out; set name`}},
		{"label of the pods' selectors", props{Pods: pods{Labels: map[string]string{"app": "x"}}}, []string{`pods.labels.app is "x"`}},
		{"annotation", props{Pods: pods{Annotations: map[string]string{"checksum/config": "x"}}}, []string{`pods.annotations.checksum/config is "x"`}},
		{"variable of no name", props{Pods: pods{Env: []map[string]any{{"value": "x"}}}}, []string{`pods.env[0].name is "": must be a name`}},
		{"variable that is ours", props{Pods: pods{Env: []map[string]any{{"name": "MODEL_CONFIG_PATH"}}}}, []string{`pods.env[0].name is "MODEL_CONFIG_PATH": must be another name`}},
		{"volume that is ours", props{Pods: pods{Volumes: []map[string]any{{"name": "tmp"}}}}, []string{`pods.volumes[0].name is "tmp"`}},
		{"volume twice", props{Pods: pods{Volumes: []map[string]any{{"name": "a"}, {"name": "a"}}}}, []string{`pods.volumes[1].name is "a"`}},
		{"container that is ours", props{Pods: pods{Sidecars: []map[string]any{{"name": "git-rscilp-container"}}}}, []string{`pods.sidecars[0].name is "git-rscilp-container"`}},
		{"native sidecar too early", props{Pods: pods{InitContainers: []map[string]any{{"name": "a", "restartPolicy": "Always"}}}}, []string{"pods.initContainers[0].restartPolicy", "before Kubernetes 1.29; set kubernetesVersion to 1.29"}},
		{"mount of nothing", props{Pods: pods{VolumeMounts: []map[string]any{{"mountPath": "/a"}}}}, []string{"pods.volumeMounts[0]", "a name and a mountPath"}},
		{"mount of a volume that is not there", props{Pods: pods{Volumes: []map[string]any{{"name": "a"}}, VolumeMounts: []map[string]any{{"name": "b", "mountPath": "/b"}}}}, []string{`pods.volumeMounts[0].name is "b": must be the name of a volume of pods.volumes`}},
		{"mounts at one path", props{Pods: pods{Volumes: []map[string]any{{"name": "a"}}, VolumeMounts: []map[string]any{
			{"name": "a", "mountPath": "/a"}, {"name": "a", "mountPath": "/a/"}, {"name": "a", "mountPath": "/tmp"}, {"name": "a", "mountPath": "/app"},
		}}}, []string{`pods.volumeMounts[3].mountPath is "/app"`, `pods.volumeMounts[1].mountPath is "/a/": must be another path`, `pods.volumeMounts[2].mountPath is "/tmp"`}},
		{"a container that none can be", props{Pods: pods{Sidecars: []map[string]any{{"name": "a_b", "image": "x"}}, InitContainers: []map[string]any{{"name": "c"}}}}, []string{`pods.sidecars[0].name is "a_b": must be a DNS label`, `pods.initContainers[0].image is "": must be an image reference`}},
		{"a sidecar at the server's port", props{App: config.App{Server: config.Server{MetricsPort: 9090}}, Pods: pods{Sidecars: []map[string]any{
			{"name": "a", "image": "b:1", "ports": []object{{"containerPort": 8080}, {"containerPort": 1}, {"containerPort": 9090}}},
		}}}, []string{"pods.sidecars[0].ports[0].containerPort is 8080: must be another port than the server's", "pods.sidecars[0].ports[2].containerPort is 9090"}},
		{"more memory than the container has", props{Resources: constructs.Resources{Limits: constructs.ResourceList{Memory: "9Gi"}}, App: config.App{Server: config.Server{MemoryMiB: 10 << 10}}}, []string{"app.server.memory_mib is 10240: must be at most resources.limits.memory, 9Gi"}},
		{"an ingress that speaks HTTP to pods with TLS", props{ServiceType: constructs.ClusterIP, TLS: constructs.TLSSecret{SecretName: "a"}, Expose: constructs.Expose{Ingress: constructs.Ingress{Hostnames: []string{"a.example"}}}}, []string{
			"expose.ingress.annotations is", "by which the controller speaks HTTPS to pods that have tls",
		}},
		{"two affinities", props{Pods: pods{Affinity: object{}}, GPU: constructs.GPU{Products: []string{"A"}}}, []string{"pods.affinity", "left out beside scheduling.nodeLabels"}},
		{"authority of nobody", props{Pods: pods{CABundle: constructs.CABundle{Key: "a"}}}, []string{"pods.caBundle", "one of configMap and secretName"}},
		{"two authorities", props{Pods: pods{CABundle: constructs.CABundle{ConfigMap: "a", SecretName: "b"}}}, []string{"pods.caBundle", "one of configMap and secretName"}},
		{"two limits", props{Resources: constructs.Resources{NoCPULimit: true, Limits: constructs.ResourceList{CPU: "4"}}}, []string{`resources.limits.cpu is "4": must be left out beside noCPULimit`}},
		{"quota without a limit", props{Resources: constructs.Resources{NoCPULimit: true}, ResourceQuota: constructs.ResourceQuota{Limits: constructs.ResourceList{CPU: "40"}}}, []string{"resourceQuota.limits.cpu", "the quota would refuse every pod"}},
		{"quota beside containers that take what they want", props{
			KubernetesVersion: "1.33",
			Pods: pods{
				Sidecars:       []map[string]any{{"name": "a", "image": "x"}, {"name": "b", "image": "x", "resources": object{"limits": object{"memory": "1Gi"}}}},
				InitContainers: []map[string]any{{"name": "c", "image": "x", "resources": object{"requests": object{"memory": "1Gi"}}}},
			},
			ResourceQuota: constructs.ResourceQuota{Requests: constructs.ResourceList{Memory: "100Gi"}, Limits: constructs.ResourceList{Memory: "100Gi"}},
		}, []string{
			`: pods.sidecars[0].resources.requests.memory is "": must be set where resourceQuota bounds requests.memory`,
			"and pods.sidecars[0].resources.limits.memory is",
			"and pods.initContainers[0].resources.limits.memory is",
		}},
		{"probe", props{Probes: constructs.Probes{Liveness: constructs.Probe{PeriodSeconds: -1}}}, []string{"probes.liveness.periodSeconds is -1: must be 1 to 300"}},
		{"startup's failures", props{Probes: constructs.Probes{Startup: constructs.Probe{FailureThreshold: 5}}}, []string{"probes.startup.failureThreshold is 5", "set rollout.startupSeconds"}},
		{"surge", props{Rollout: constructs.Rollout{MaxSurge: "half"}}, []string{`rollout.maxSurge is "half": must be a number of pods or a percentage`}},
		{"two surges", props{Rollout: constructs.Rollout{MaxSurge: "1", Strategy: constructs.Surge}}, []string{"rollout.maxSurge", "left out beside strategy"}},
		{"no way to replace a pod", props{Rollout: constructs.Rollout{MaxSurge: "0", MaxUnavailable: "0%"}}, []string{"rollout.maxSurge", "no pod could be replaced"}},
		{"two budgets", props{DisruptionBudget: constructs.DisruptionBudget{MaxUnavailable: 1, MaxUnavailablePercent: 10}}, []string{"disruptionBudget.maxUnavailable", "left out beside maxUnavailablePercent"}},
		{"eviction too early", props{KubernetesVersion: "1.26", DisruptionBudget: constructs.DisruptionBudget{EvictUnhealthy: true}}, []string{"disruptionBudget.evictUnhealthy", "before Kubernetes 1.27"}},
		{"class of no balancer", props{ServiceType: constructs.ClusterIP, Expose: constructs.Expose{LoadBalancerClass: "a/b"}}, []string{"expose.loadBalancerClass", "serviceType is ClusterIP"}},
		{"node port of no node", props{ServiceType: constructs.ClusterIP, Expose: constructs.Expose{NodePort: 30080}}, []string{"expose.nodePort", "serviceType is ClusterIP"}},
		{"node port for no gRPC", props{Expose: constructs.Expose{GRPCNodePort: 30080}}, []string{"expose.grpcNodePort", "without app.server.grpc_port"}},
		{"ingress without a host", props{Expose: constructs.Expose{Ingress: constructs.Ingress{ClassName: "public"}}}, []string{`expose.ingress.hostnames is "": must be 1 to 16 names`}},
		{"ingress", props{Expose: constructs.Expose{Ingress: constructs.Ingress{Hostnames: []string{"a_b"}, ClassName: "A", TLSSecretName: "b/c"}}}, []string{`expose.ingress.hostnames[0] is "a_b"`, `expose.ingress.className is "A"`, `expose.ingress.tlsSecretName is "b/c"`}},
		{"policy", props{Expose: constructs.Expose{ExternalTrafficPolicy: "local"}}, []string{`expose.externalTrafficPolicy is "local": must be Cluster, Local`}},
		{"one disk for many pods", props{ModelSource: constructs.ModelSource{Claim: &constructs.VolumeClaim{AccessMode: constructs.ReadWriteOnce}}}, []string{
			`modelSource.claim.accessMode is "ReadWriteOnce": must be ReadWriteMany or ReadOnlyMany for the 2 pods and the 1 more of a rollout`,
		}},
		{"one disk for one pod and its successor", props{Replicas: 1, ModelSource: constructs.ModelSource{Claim: &constructs.VolumeClaim{AccessMode: constructs.ReadWriteOnce}}}, []string{"the 1 pods and the 1 more"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refusedFor(t, refusal(t, func(chart cdk8s.Chart) { constructs.NewRsclipModelService(chart, "bad", &tt.props) }), tt.want)
		})
	}
}

// TestScaleRefuses has an autoscaler ask for more than its service has room for.
func TestScaleRefuses(t *testing.T) {
	tests := []struct {
		name    string
		service constructs.RsclipModelServiceProps
		props   constructs.GpuAutoscalerProps
		want    []string
	}{
		{"quota of the replicas alone", constructs.RsclipModelServiceProps{ResourceQuota: constructs.ResourceQuota{GPUs: 4}}, constructs.GpuAutoscalerProps{}, []string{
			`GpuAutoscaler "bad": resourceQuota.gpus is 4: must be at least 13, which the 10 pods and the 3 more of a rollout need`,
		}},
		{"one disk", constructs.RsclipModelServiceProps{
			Replicas: 1, Rollout: constructs.Rollout{Strategy: constructs.Recreate},
			ModelSource: constructs.ModelSource{Claim: &constructs.VolumeClaim{AccessMode: constructs.ReadWriteOnce}},
		}, constructs.GpuAutoscalerProps{}, []string{`modelSource.claim.accessMode is "ReadWriteOnce"`}},
		{"name", constructs.RsclipModelServiceProps{}, constructs.GpuAutoscalerProps{Name: "HPA"}, []string{`name is "HPA": must be the name of an object`}},
		{"metric of no type", constructs.RsclipModelServiceProps{}, constructs.GpuAutoscalerProps{Metrics: []map[string]any{{"type": "Pods", "pod": object{}}}}, []string{`metrics[0].type is "Pods"`}},
		{"metrics for KEDA", constructs.RsclipModelServiceProps{}, constructs.GpuAutoscalerProps{Engine: constructs.Keda, Metrics: []map[string]any{{"type": "Pods", "pods": object{}}}}, []string{"metrics", "left out with the engine keda"}},
		{"two behaviours", constructs.RsclipModelServiceProps{}, constructs.GpuAutoscalerProps{Behavior: constructs.Spiky, OwnBehavior: object{}}, []string{"ownBehavior", "left out beside behavior"}},
		{"KEDA's own parameters", constructs.RsclipModelServiceProps{}, constructs.GpuAutoscalerProps{Engine: constructs.Keda, KEDA: constructs.KEDA{Metadata: map[string]string{"query": "x"}, AuthenticationOfCluster: true}}, []string{
			`keda.metadata.query is "x"`, "keda.authenticationOfCluster",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
				tt.props.Service = constructs.NewRsclipModelService(chart, "service", &tt.service)
				constructs.NewGpuAutoscaler(chart, "bad", &tt.props)
			}), tt.want)
		})
	}
	t.Run("monitoring", func(t *testing.T) {
		refusedFor(t, refusal(t, func(chart cdk8s.Chart) {
			constructs.NewRsclipMonitoring(chart, "bad", &constructs.RsclipMonitoringProps{
				Service:       constructs.NewRsclipModelService(chart, "service", nil),
				ScrapeTimeout: "1m", AlertLabels: map[string]string{"severity": "x"}, RunbookURL: "wiki",
			})
		}), []string{`scrapeTimeout is "1m": must be at most scrapeInterval, 30s`, "alertLabels.severity", `runbookURL is "wiki"`})
	})
}
