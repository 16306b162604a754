package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
// one file of values, then another, and looks at what is left of the first. Each
// change has a namespace of its own, so that none waits for the pods of another to
// drain. With -short it leaves out what installs KEDA.
func TestSecondDay(t *testing.T) {
	if os.Getenv("KUBECONFIG") == "" {
		t.Skip("no cluster: KUBECONFIG is not set")
	}
	s := &secondDay{}
	s.first, s.second = images(t)
	for _, change := range []struct {
		name, namespace string
		test            func(t *testing.T)
		long            bool
	}{
		{name: "signals come and go and one autoscaler is left", namespace: "signals", test: s.signals},
		{name: "a canary goes", namespace: "canary", test: s.canary},
		{name: "an autoscaler is turned on and no pod goes", namespace: "scaled", test: s.turnedOn},
		{name: "a bad configuration leaves the pods of old alone", namespace: "config", test: s.badConfiguration},
		{name: "server-side apply has no conflict", namespace: "fields", test: s.serverSide},
		{name: "neighbours of a namespace stay", namespace: "shared", test: s.neighbours},
		{name: "nodes that take no pod are not counted", namespace: "spread", test: s.taintedNode},
		{name: "the longest request outlives a rollout", namespace: "grace", test: s.longRequest},
		{name: "what a site adds is taken", namespace: "site", test: s.additions},
		{name: "kustomize adds what does not rename", namespace: "kustomize", test: s.kustomize},
		{name: "engines are switched", namespace: "engines", test: s.engines, long: true},
	} {
		if testing.Short() && change.long {
			continue
		}
		t.Run(change.name, func(t *testing.T) {
			s.cluster = newCluster(t, "git-rscilp-"+change.namespace)
			change.test(t)
		})
	}
}

// secondDayValues is the file of values of all.
const secondDayValues = "testdata/secondday.yaml"

// put deploys with settings of the service, and others.
func (s *secondDay) put(service, rest string) {
	s.t.Helper()
	s.write(service, rest)
	s.deploy()
}

// write writes the manifests that put applies.
func (s *secondDay) write(service, rest string) {
	s.t.Helper()
	for _, each := range []string{onCPU, small} {
		if name, _, _ := strings.Cut(each, " "); !strings.Contains(service, name) {
			service += "\n  " + each
		}
	}
	s.synth(secondDayValues, "$NAMESPACE", s.namespace, "$IMAGE", s.first, "$SERVICE", service, "$REST", rest)
}

// get returns a field of an object, or of a list of objects.
func (s *secondDay) get(what, path string) string {
	s.t.Helper()
	return s.kubectl(append(append([]string{"get", "-n", s.namespace}, strings.Fields(what)...), "-o", "jsonpath={"+path+"}")...)
}

// patient is how long a change may take that is not another's fault.
const patient = 5 * time.Minute

// becomes waits until a field has a value.
func (s *secondDay) becomes(what, path, want string) {
	s.t.Helper()
	got := ""
	for deadline := time.Now().Add(patient); time.Now().Before(deadline); time.Sleep(time.Second) {
		if got = s.get(what, path); got == want {
			return
		}
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
		reason := ""
		for deadline := time.Now().Add(patient); reason == "" && time.Now().Before(deadline); time.Sleep(time.Second) {
			reason = s.get("hpa git-rscilp-hpa", `.status.conditions[?(@.type=="ScalingActive")].reason`)
		}
		// Another reason is that nobody serves the metric here.
		if reason == "" || reason == "AmbiguousSelector" {
			t.Errorf("the autoscaler of {%s} says %q", signals, reason)
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
	s.gone("app=git-rscilp-canary")
	s.waitForRollout()
}

func (s *secondDay) turnedOn(t *testing.T) {
	const replicas = 3
	s.put(fmt.Sprintf("replicas: %d", replicas), "autoscaler: {disabled: true}")
	s.waitForRollout()
	before := s.pods()
	s.write("", fmt.Sprintf("autoscaler: {minReplicas: %d}", replicas))
	s.kubectl("apply", "set-last-applied", "-n", s.namespace, "-f", filepath.Join(s.dist, "0000-service.k8s.yaml"))
	s.deploy()
	s.becomes("hpa git-rscilp-hpa", `.status.conditions[?(@.type=="AbleToScale")].status`, "True")
	s.becomes("hpa git-rscilp-hpa", ".status.currentReplicas", fmt.Sprint(replicas))
	// Of fewer pods, if but for a moment, some would be others now. More there may
	// be: the autoscaler may find that they are busy.
	after := s.pods()
	for _, pod := range before {
		if !slices.Contains(after, pod) {
			t.Errorf("%s has gone; the pods are %q", pod, after)
		}
	}
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

// longRequest replaces the pods while a request waits for a slow store, which is
// this process.
func (s *secondDay) longRequest(t *testing.T) {
	const takes = 40 * time.Second // longer than a pod that names no grace period may take to end
	const one = "replicas: 1\n  rollout: {strategy: surge}"
	listener := s.listen(t)
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
		"  app: {server: {request_timeout_seconds: 120}, fetch: {timeout_seconds: 100, allowed_hosts: ['"+listener.Addr().String()+"']}}",
		"autoscaler: {disabled: true}")
	s.settle() // A pod that drains still does not know of the store.
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

// listen listens at the node's address, where pods can reach it, and skips if the
// node is another machine.
func (s *secondDay) listen(t *testing.T) net.Listener {
	t.Helper()
	address := s.kubectl("get", "nodes", "-o", `jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}`)
	listener, err := net.Listen("tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		t.Skipf("no cluster of this machine: %v", err)
	}
	return listener
}
