package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// The namespaces of the pods that call: others', and the server's.
const (
	callers    = "git-rscilp-policy-callers"
	monitoring = "git-rscilp-policy-monitoring"
	strangers  = "git-rscilp-policy-strangers"
	policed    = "git-rscilp-policy"
)

const callerImage = "localhost/rsclip-caller:e2e"

// TestNetworkPolicy has kube-router enforce the NetworkPolicy of the manifests. What
// is called must all answer as long as nothing enforces it, so that a call which is
// refused then is refused by the policy.
func TestNetworkPolicy(t *testing.T) {
	tools := os.Getenv("CLUSTER_TOOLS")
	if os.Getenv("KUBECONFIG") == "" || tools == "" {
		t.Skip("no cluster, or nothing to build images with: KUBECONFIG or CLUSTER_TOOLS is not set")
	}
	engine := buildKubeRouter(t)
	loadProgram(t, tools, "./caller", callerImage)
	c := newCluster(t, policed)
	// Its CIDR is for a resolver that is no pod, as the one of a node.
	resolver := c.kubectl("get", "endpointslices", "-n", "kube-system", "-l", "kubernetes.io/service-name=kube-dns",
		"-o", "jsonpath={.items[0].endpoints[0].addresses[0]}")
	c.apply("testdata/networkpolicy.yaml", "$IMAGE", buildImage(t, tools, "e2e-1"), "$CALLER", callerImage, "$RESOLVER", resolver)
	for _, namespace := range []string{callers, monitoring, strangers} {
		c.startCaller(namespace)
	}
	c.waitForRollout()
	pod := c.addressOf(policed, c.pods()[0])
	startOutside(t, pod)

	const service = "git-rscilp-service." + policed + ".svc.cluster.local"
	calls := []attempt{
		{callers, service + ":80", true},
		{callers, pod + ":8080", true},
		{callers, pod + ":9090", false},
		{monitoring, pod + ":8080", true},
		{monitoring, pod + ":9090", true},
		{strangers, service + ":80", false},
		{strangers, pod + ":8080", false},
		{strangers, pod + ":9090", false},
		{strangers, "169.254.169.254:80", true}, // No policy is about them.

		{policed, service, true},
		{policed, "kubernetes.default.svc.cluster.local:443", false},
		{policed, c.addressOf(strangers, "caller") + ":80", false},
		{policed, "11.0.0.2:80", true},
		{policed, "11.0.0.2:443", true},
		{policed, "11.0.0.2:9000", false},
		{policed, "10.77.0.2:9000", true},
		{policed, "10.77.0.2:443", false},
		{policed, "10.77.0.3:9000", false},
		{policed, "10.77.0.3:443", false},
		{policed, "172.20.0.2:443", false},
		{policed, "192.168.77.2:80", false},
		{policed, "169.254.169.254:80", false},
		{policed, "100.100.100.200:80", false},
		{policed, "168.63.129.16:80", false},
	}
	c.expect("nothing enforces the policy", calls, func(attempt) bool { return true })
	stop := startKubeRouter(t, engine, c.kubectl("get", "pod", "-n", policed, c.pods()[0], "-o", "jsonpath={.spec.nodeName}"))
	c.expect("the policy is enforced", calls, func(a attempt) bool { return a.allowed })

	// A new pod becomes ready by the probes of its node, which no policy is about.
	c.kubectl("rollout", "restart", "-n", policed, deployment)
	c.settle()
	calls = []attempt{
		{callers, service + ":80", true},
		{strangers, service + ":80", false},
		{policed, service, true},
		{policed, "169.254.169.254:80", false},
	}
	c.expect("the policy is enforced for another pod", calls, func(a attempt) bool { return a.allowed })
	stop()
	c.expect("nothing enforces the policy any more", calls, func(attempt) bool { return true })
}

// attempt is a call from a namespace, by TCP to HOST:PORT or to a resolver for the address
// of HOST.
type attempt struct {
	from, to string
	allowed  bool // by the policy
}

// startCaller starts a pod that calls and answers, in a namespace of its own.
func (c *cluster) startCaller(namespace string) {
	c.t.Helper()
	remove := func() {
		c.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait", "--timeout=5m")
	}
	remove()
	c.t.Cleanup(remove)
	c.kubectl("create", "namespace", namespace)
	c.kubectl("run", "-n", namespace, "caller", "--image="+callerImage, "--image-pull-policy=IfNotPresent", "--", "serve", "80")
	c.kubectl("wait", "-n", namespace, "--for=condition=Ready", "pod/caller", "--timeout=2m")
}

func (c *cluster) addressOf(namespace, pod string) string {
	c.t.Helper()
	return c.kubectl("get", "pod", "-n", namespace, pod, "-o", "jsonpath={.status.podIP}")
}

// expect has all calls made, again and again until each is answered that should be,
// and no other.
func (c *cluster) expect(while string, calls []attempt, answered func(attempt) bool) {
	c.t.Helper()
	var wrong []string
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(time.Second) {
		said := map[string]string{}
		for _, from := range []string{callers, monitoring, strangers, policed} {
			c.makeCalls(from, calls, said)
		}
		wrong = nil
		for _, call := range calls {
			if line := said[call.from+call.to]; strings.HasSuffix(line, " answers") != answered(call) {
				wrong = append(wrong, fmt.Sprintf("from %s: %s", call.from, line))
			}
		}
		if len(wrong) == 0 {
			c.t.Logf("while %s, all of %d calls end as they should", while, len(calls))
			return
		}
	}
	c.t.Fatalf("while %s, calls do not end as they should:\n%s", while, strings.Join(wrong, "\n"))
}

// makeCalls makes the calls of a namespace, and notes what has become of each.
func (c *cluster) makeCalls(from string, calls []attempt, said map[string]string) {
	c.t.Helper()
	pod := "caller"
	if from == policed {
		pod = c.pods()[0]
	}
	command := []string{"exec", "-n", from, pod, "-c", "caller", "--", "/bin/caller", "call"}
	var places []string
	for _, call := range calls {
		if call.from == from {
			places = append(places, call.to)
		}
	}
	if len(places) == 0 {
		return
	}
	for line := range strings.Lines(c.kubectl(append(command, places...)...)) {
		place, _, _ := strings.Cut(line, " ")
		said[from+place] = strings.TrimSpace(line)
	}
}
