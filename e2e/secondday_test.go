package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// secondDay is one deployment whose settings change from test to test.
type secondDay struct {
	*cluster
	first, second string // images
}

// onCPU is the model of every deployment.
const onCPU = "model: {device: cpu, precision: fp32, batch_size: 4}"

// small is what the pods of most ask for.
const small = "resources: {requests: {cpu: 10m, memory: 128Mi}, limits: {cpu: 1000m, memory: 1Gi}}"

// TestSecondDay changes what is deployed, as a platform team would: it applies
// one file of values, then another, and looks at what is left of the first.
func TestSecondDay(t *testing.T) {
	if os.Getenv("KUBECONFIG") == "" {
		t.Skip("no cluster: KUBECONFIG is not set")
	}
	s := &secondDay{}
	s.first, s.second = images(t)
	for _, change := range []struct {
		name string
		test func(t *testing.T)
	}{
		{"signals come and go and one autoscaler is left", s.signals},
		{"a canary goes", s.canary},
		{"an autoscaler is turned on and no pod goes", s.turnedOn},
		{"a bad configuration leaves the pods of old alone", s.badConfiguration},
		{"server-side apply has no conflict", s.serverSide},
		{"neighbours of a namespace stay", s.neighbours},
		{"nodes that take no pod are not counted", s.taintedNode},
		{"the longest request outlives a rollout", s.longRequest},
		{"what a site adds is taken", s.additions},
		{"engines are switched", s.engines},
	} {
		t.Run(change.name, func(t *testing.T) {
			s.cluster = newCluster(t, "git-rscilp-second")
			change.test(t)
		})
	}
}

// put deploys with settings of the service, and others.
func (s *secondDay) put(service, rest string) {
	s.t.Helper()
	for _, each := range []string{onCPU, small} {
		if name, _, _ := strings.Cut(each, " "); !strings.Contains(service, name) {
			service += "\n  " + each
		}
	}
	s.apply("testdata/secondday.yaml", "$IMAGE", s.first, "$SERVICE", service, "$REST", rest)
}

// get returns a field of an object, or of a list of objects.
func (s *secondDay) get(what, path string) string {
	s.t.Helper()
	return s.kubectl(append(append([]string{"get", "-n", s.namespace}, strings.Fields(what)...), "-o", "jsonpath={"+path+"}")...)
}

// becomes waits until a field has a value.
func (s *secondDay) becomes(what, path, want string) {
	s.t.Helper()
	got := ""
	for range 120 {
		if got = s.get(what, path); got == want {
			return
		}
		time.Sleep(time.Second)
	}
	s.t.Fatalf("%s of %s is %q, want %q", path, what, got, want)
}

func (s *secondDay) signals(t *testing.T) {
	s.put("", "")
	s.waitForRollout()
	for _, signals := range []string{"requestsPerSecond: 20", "cpuUtilization: 60", "requestsInFlight: 8, cpuUtilization: -1"} {
		s.put("", "autoscaler: {"+signals+"}")
		if got := s.get("hpa", ".items[*].metadata.name"); got != "git-rscilp-hpa" {
			t.Errorf("the autoscalers of {%s} are %q, want one", signals, got)
		}
		// The second reason is that nobody serves the metric here.
		for range 60 {
			got := s.get("hpa git-rscilp-hpa", `.status.conditions[?(@.type=="ScalingActive")].reason`)
			if got == "AmbiguousSelector" {
				t.Errorf("the autoscaler of {%s} is disabled: %s", signals, got)
			}
			if got != "" {
				break
			}
			time.Sleep(time.Second)
		}
	}
	s.put("replicas: 3", "autoscaler: {disabled: true}")
	if got := s.get("hpa,configmap", ".items[*].metadata.name"); strings.Contains(got, "hpa") || strings.Contains(got, "adapter") {
		t.Errorf("left behind: %s", got)
	}
	s.becomes(deployment, ".status.readyReplicas", "3")
}

func (s *secondDay) canary(t *testing.T) {
	s.put("replicas: 1", "autoscaler: {disabled: true}\ncanary: {image: \""+s.second+"\"}")
	s.waitForRollout()
	s.kubectl("rollout", "status", "-n", s.namespace, "deployment/git-rscilp-canary-deployment", "--timeout=5m")
	s.put("replicas: 1", "autoscaler: {disabled: true}")
	if left := s.kubectl("get", "all,configmap,pdb,networkpolicy,serviceaccount", "-n", s.namespace, "-l", "app=git-rscilp-canary,app.kubernetes.io/part-of=git-rscilp", "-o", "name"); left != "" {
		t.Errorf("left behind: %s", left)
	}
	s.waitForRollout()
}

func (s *secondDay) turnedOn(t *testing.T) {
	const replicas = 3
	s.put(fmt.Sprintf("replicas: %d", replicas), "autoscaler: {disabled: true}")
	s.waitForRollout()
	s.synth("testdata/secondday.yaml", "$IMAGE", s.first, "$SERVICE", onCPU+"\n  "+small, "$REST", fmt.Sprintf("autoscaler: {minReplicas: %d}", replicas))
	s.kubectl("apply", "set-last-applied", "-n", s.namespace, "-f", filepath.Join(s.dist, "0000-service.k8s.yaml"))
	s.deploy()
	for range 30 {
		if ready := s.get(deployment, ".status.readyReplicas"); ready != fmt.Sprint(replicas) {
			t.Fatalf("%s pods are ready, want the %d that were", ready, replicas)
		}
		time.Sleep(time.Second)
	}
	s.becomes("hpa git-rscilp-hpa", `.status.conditions[?(@.type=="AbleToScale")].status`, "True")
}

// badConfiguration has the new pods look for a GPU that is not there.
func (s *secondDay) badConfiguration(t *testing.T) {
	const fixed = "replicas: 2\n  rollout: {immutableConfig: true}\n  "
	s.put(fixed+onCPU, "autoscaler: {disabled: true}")
	s.waitForRollout()
	good := s.get(deployment, ".spec.template.spec.volumes[0].configMap.name")
	old := s.pods()
	s.put(fixed+"gpu: {resourceName: example.com/none}\n  model: {device: cpu, precision: fp32, batch_size: 8}\n  modelSource: {path: /app/none}", "autoscaler: {disabled: true}")
	bad := s.get(deployment, ".spec.template.spec.volumes[0].configMap.name")
	if bad == good {
		t.Fatalf("both configurations are %s", good)
	}
	s.becomes("configmap "+good, ".immutable", "true")
	s.kubectl("delete", "pod", "-n", s.namespace, old[0], "--wait")
	s.becomes(deployment, ".status.readyReplicas", "2")
	s.kubectl("rollout", "undo", "-n", s.namespace, deployment)
	s.waitForRollout()
	if got := s.get(deployment, ".spec.template.spec.volumes[0].configMap.name"); got != good {
		t.Errorf("the configuration is %s, want that of old, %s", got, good)
	}
	// What the page says of old ones.
	s.kubectl("delete", "configmap", "-n", s.namespace, bad)
}

func (s *secondDay) serverSide(t *testing.T) {
	s.put("resources: {requests: {cpu: 1000m, memory: 1024Mi}, limits: {cpu: '1.50', memory: 1.5Gi}}\n  "+onCPU+"\n  disruptionBudget: {maxUnavailablePercent: 25}", "")
	if out, err := exec.Command("kubectl", "apply", "--server-side", "--dry-run=server", "-f", s.dist).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if out, err := exec.Command("kubectl", "diff", "-f", s.dist).CombinedOutput(); err != nil && strings.Contains(string(out), "spec:") {
		t.Errorf("what is there differs from what was applied: %s", out)
	}
}

// neighbours deploys beside somebody else's Deployment, and goes.
func (s *secondDay) neighbours(t *testing.T) {
	s.kubectl("create", "namespace", s.namespace)
	s.kubectl("create", "deployment", "-n", s.namespace, "neighbour", "--image="+s.first)
	s.put("", "")
	if out, err := exec.Command("kubectl", "create", "-f", filepath.Join(s.dist, "namespace")).CombinedOutput(); err == nil || !strings.Contains(string(out), "AlreadyExists") {
		t.Errorf("making a namespace that exists: %v, want AlreadyExists: %s", err, out)
	}
	s.waitForRollout()
	s.kubectl("delete", "-f", s.dist, "--wait", "--timeout=3m")
	if left := s.get("deployment", ".items[*].metadata.name"); left != "neighbour" {
		t.Errorf("the Deployments are %q, want the neighbour's", left)
	}
	if enforced := s.get("namespace "+s.namespace, `.metadata.labels.pod-security\.kubernetes\.io/enforce`); enforced != "" {
		t.Errorf("the namespace now enforces %q upon the neighbours", enforced)
	}
}

func (s *secondDay) taintedNode(t *testing.T) {
	const node = "case-second-day"
	s.kubectl("delete", "node", node, "--ignore-not-found")
	manifest := filepath.Join(t.TempDir(), "node.json")
	if err := os.WriteFile(manifest, []byte(`{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "`+node+`", "labels": {"kubernetes.io/hostname": "`+node+`"}},
  "spec": {"unschedulable": true, "taints": [{"key": "dedicated", "value": "control-plane", "effect": "NoSchedule"}]}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s.kubectl("apply", "-f", manifest)
	t.Cleanup(func() { s.kubectl("delete", "node", node, "--ignore-not-found") })
	s.put("replicas: 3\n  scheduling: {spreadHosts: require}", "autoscaler: {disabled: true}")
	s.becomes(deployment, ".status.readyReplicas", "3")
}

// longRequest replaces the pods while a request waits for a slow store. The store
// is this process, where pods can reach it: at the first address of the pods'
// network, which is the node's own.
func (s *secondDay) longRequest(t *testing.T) {
	const takes = 40 * time.Second // longer than a pod that names no grace period may take to end
	const one = "replicas: 1\n  rollout: {strategy: surge}"
	s.put(one, "autoscaler: {disabled: true}")
	s.waitForRollout()
	listener := listenForPods(t, s.get("pods", ".items[0].status.podIP"))
	picture, err := os.ReadFile("../inference/testdata/pictures/river-mouth-444.jpg")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{}, 1)
	store := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked <- struct{}{}
		w.Header().Set("Content-Length", fmt.Sprint(len(picture)))
		for n, steps := 0, int(takes/time.Second); n < steps; n++ {
			_, _ = w.Write(picture[len(picture)*n/steps : len(picture)*(n+1)/steps])
			_ = http.NewResponseController(w).Flush()
			time.Sleep(time.Second)
		}
	})}
	go func() { _ = store.Serve(listener) }()
	t.Cleanup(func() { _ = store.Close() })
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	s.put(one+"\n  networkPolicy: {egress: [{cidr: "+host+"/32, ports: ["+port+"]}]}\n"+
		"  app: {server: {request_timeout_seconds: 60}, fetch: {timeout_seconds: 55, allowed_hosts: ['"+listener.Addr().String()+"']}}",
		"autoscaler: {disabled: true}")
	s.waitForRollout()
	service := s.nodePort("git-rscilp-service", "/ready")
	answered := make(chan error, 1)
	go func() {
		body := `{"text": "river", "image_url": "http://` + listener.Addr().String() + `/slow.jpg"}`
		status, answer, err := call(t.Context(), &http.Client{}, service+"/predict", jsonType, []byte(body))
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d: %s", status, answer)
		}
		answered <- err
	}()
	select {
	case <-asked:
	case err := <-answered:
		t.Fatalf("answered before the store was asked: %v", err)
	}
	s.kubectl("rollout", "restart", "-n", s.namespace, deployment)
	if err := <-answered; err != nil {
		t.Errorf("a request of %v, while the pods were replaced: %v", takes, err)
	}
}

// listenForPods listens at the first address of the network of a pod, if this is
// the node that the pod is on.
func listenForPods(t *testing.T, pod string) net.Listener {
	t.Helper()
	address := net.ParseIP(pod).To4()
	if address == nil {
		t.Skipf("no cluster of this machine: the pod's address is %q", pod)
	}
	address[3] = 1
	listener, err := net.Listen("tcp", net.JoinHostPort(address.String(), "0"))
	if err != nil {
		t.Skipf("no cluster of this machine: %v", err)
	}
	return listener
}

// additions has a sidecar that starts first, a site's authority, variables, and
// more, of which Kubernetes must keep all.
func (s *secondDay) additions(t *testing.T) {
	s.kubectl("create", "namespace", s.namespace)
	s.kubectl("create", "configmap", "-n", s.namespace, "site", "--from-literal=ca.crt=")
	s.put(`replicas: 1
  kubernetesVersion: "1.29"
  objects: {labels: {cost: vision}}
  pods:
    labels: {team: vision}
    annotations: {example.com/note: hello}
    env: [{name: NO_PROXY, value: localhost}]
    caBundle: {configMap: site}
    volumes: [{name: scratch, emptyDir: {}}]
    volumeMounts: [{name: scratch, mountPath: /scratch}]
    initContainers: [{name: proxy, image: "`+s.second+`", args: [serve, --port, "9999", --device, cpu], imagePullPolicy: IfNotPresent, restartPolicy: Always}]
  resources: {noCPULimit: true, requests: {cpu: 10m, memory: 128Mi}, limits: {memory: 1Gi}}
  probes: {readiness: {periodSeconds: 3}}
  expose: {annotations: {example.com/balancer: internal}, externalTrafficPolicy: Local}
  rollout: {maxSurge: "1", maxUnavailable: "0"}`, "autoscaler: {disabled: true}")
	s.waitForRollout()
	for path, want := range map[string]string{
		".spec.template.spec.initContainers[0].restartPolicy":                            "Always",
		".spec.template.spec.initContainers[0].securityContext.readOnlyRootFilesystem":   "true",
		".spec.template.metadata.labels.team":                                            "vision",
		".metadata.labels.cost":                                                          "vision",
		`.spec.template.spec.containers[0].env[?(@.name=="SSL_CERT_FILE")].value`:        "/etc/rsclip/ca/ca.crt",
		`.spec.template.spec.containers[0].volumeMounts[?(@.name=="scratch")].mountPath`: "/scratch",
		".spec.template.spec.containers[0].resources.limits.cpu":                         "",
		".spec.template.spec.containers[0].readinessProbe.periodSeconds":                 "3",
		".spec.strategy.rollingUpdate.maxSurge":                                          "1",
		`.spec.template.spec.containers[0].resources.requests.ephemeral-storage`:         "1Gi",
	} {
		if got := s.get(deployment, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if got := s.get("service git-rscilp-service", ".spec.externalTrafficPolicy"); got != "Local" {
		t.Errorf("externalTrafficPolicy is %q", got)
	}
}

// engines goes from hpa to keda and back, by the steps of docs/autoscaling.md.
func (s *secondDay) engines(t *testing.T) {
	tools := os.Getenv("CLUSTER_TOOLS")
	if tools == "" {
		t.Skip("nothing to install KEDA with: CLUSTER_TOOLS is not set")
	}
	if testing.Short() {
		t.Skip("installs KEDA")
	}
	output(t, filepath.Join(tools, "keda"))
	const owner = ".items[*].metadata.ownerReferences[*].kind"
	s.put("", "autoscaler: {minReplicas: 3}")
	s.becomes(deployment, ".status.readyReplicas", "3")
	s.put("", "autoscaler: {minReplicas: 3, engine: keda}")
	s.becomes("hpa", owner, "ScaledObject")
	s.becomes("hpa", ".items[*].metadata.name", "git-rscilp-hpa")
	s.kubectl("delete", "-n", s.namespace, "scaledobject", "git-rscilp-scaler", "--wait")
	s.becomes("hpa", ".items[*].metadata.name", "")
	s.put("", "autoscaler: {minReplicas: 3}")
	s.becomes("hpa", ".items[*].metadata.name", "git-rscilp-hpa")
	if got := s.get("hpa", owner); got != "" {
		t.Errorf("the autoscaler is owned by %s, want nobody", got)
	}
	if ready := s.get(deployment, ".status.readyReplicas"); ready != "3" {
		t.Errorf("%s pods are ready, want the 3 that were", ready)
	}
}
