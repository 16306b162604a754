package e2e

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/seed-74198975/rsclip/internal/port"
)

// TestAlertsOnKubernetes makes the faults of the alerts of [ofKubernetes] on a
// cluster, as TestAlertsFireAndResolve does the others. What kube-state-metrics
// says is scraped as the manifests want it, with honorLabels. It takes four minutes.
func TestAlertsOnKubernetes(t *testing.T) {
	if os.Getenv("KUBECONFIG") == "" {
		t.Skip("no cluster: KUBECONFIG is not set")
	}
	s := &secondDay{cluster: newCluster(t, "git-rscilp-alerts")}
	s.first, s.second = images(t)
	times := maps.Clone(shortened)
	times["1h"] = "90s" // Kubernetes takes half of it to restart a container three times.
	a := watchAlerts(t, fmt.Sprintf(`  - job_name: kube-state-metrics
    honor_labels: true
    static_configs: [{targets: ['%s']}]
`, s.kubeStateMetrics(t)), rulesOf(t, "service: {namespace: "+s.namespace+"}\nmonitoring: {healthAlerts: true}", times))
	// A pod that is idle uses more than a hundredth of what it asks for.
	s.put("replicas: 1", "autoscaler: {minReplicas: 1, maxReplicas: 2, cpuUtilization: 99}")
	s.waitForRollout()

	faults := []fault{
		{
			name:   "an autoscaler that wants more pods than it may have",
			alerts: []string{"AutoscalerAtMaximum"},
			begin: func(*testing.T) func() {
				s.scale(2, 1)
				return func() { s.scale(3, 100_000) }
			},
		},
		{
			name:   "pods that no node takes",
			alerts: []string{"PodsUnschedulable"},
			begin: func(*testing.T) func() {
				s.patchPods(`{"nodeSelector": {"example.com/none": "here"}}`)
				return s.undo
			},
		},
		{
			name:   "a server that ends again and again",
			alerts: []string{"PodsRestarting"},
			begin: func(*testing.T) func() {
				s.patchPods(`{"containers": [{"name": "git-rscilp-container", "args": ["serve", "--model", "/none"]}]}`)
				return s.undo
			},
		},
	}
	for _, alert := range ofKubernetes {
		if !slices.ContainsFunc(faults, func(f fault) bool { return slices.Contains(f.alerts, alert) }) {
			t.Errorf("%s has no fault that makes it fire", alert)
		}
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) { a.try(t, f) })
	}
}

// kubeStateMetrics starts it on this machine for the namespace, and returns its
// address.
func (s *secondDay) kubeStateMetrics(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "kube-state-metrics")
	output(t, "env", "CGO_ENABLED=0", "go", "build", "-C", "kubestatemetrics", "-o", program, "k8s.io/kube-state-metrics/v2")
	var ports [2]int
	for i := range ports {
		reserved, err := port.Reserve()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(reserved.Release)
		ports[i] = reserved.Number
	}
	process := exec.Command(program, "--kubeconfig="+os.Getenv("KUBECONFIG"), "--namespaces="+s.namespace,
		"--resources=pods,deployments,horizontalpodautoscalers", "--host=127.0.0.1", "--telemetry-host=127.0.0.1",
		fmt.Sprintf("--port=%d", ports[0]), fmt.Sprintf("--telemetry-port=%d", ports[1]))
	process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = process.Process.Kill(); _ = process.Wait() })
	address := fmt.Sprintf("127.0.0.1:%d", ports[0])
	waitForAnswer(t, "http://"+address+"/healthz")
	return address
}

// scale sets how many pods the autoscaler may have, and how much of the CPU that
// they ask for they should use, in percent.
func (s *secondDay) scale(most, percent int) {
	s.kubectl("patch", "hpa", "-n", s.namespace, "git-rscilp-hpa", "--patch", fmt.Sprintf(`{"spec": {"maxReplicas": %d, "metrics": [
  {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": %d}}}]}}`, most, percent))
}

func (s *secondDay) patchPods(spec string) {
	s.kubectl("patch", "-n", s.namespace, deployment, "--patch", `{"spec": {"template": {"spec": `+spec+`}}}`)
}

func (s *secondDay) undo() { s.kubectl("rollout", "undo", "-n", s.namespace, deployment) }
