package e2e

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// drain drains the node of a pod of our pods. The new ones need another node:
// where there is none, the drained one takes pods again as soon as it has been
// cordoned, while kubectl evicts one pod after the other.
func (f *faults) drain(t *testing.T) string {
	before := f.pods()
	node := f.kubectl("get", "pod", "-n", f.namespace, before[0], "-o", "jsonpath={.spec.nodeName}")
	defer f.kubectl("uncordon", node)
	only := strings.Count(f.kubectl("get", "nodes", "-o", "name"), "\n") == 1
	kubectl := exec.Command("kubectl", "drain", node, "--pod-selector=app=git-rscilp", "--delete-emptydir-data", "--ignore-daemonsets", "--timeout=3m")
	pipe, err := kubectl.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	kubectl.Stderr = kubectl.Stdout
	if err := kubectl.Start(); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cordoned := true
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		_, _ = fmt.Fprintln(&out, lines.Text())
		if only && cordoned && strings.HasPrefix(lines.Text(), "evicting pod") {
			f.kubectl("uncordon", node)
			cordoned = false
		}
	}
	if err := kubectl.Wait(); err != nil {
		t.Fatalf("draining: %v\n%s", err, out.String())
	}
	for _, pod := range f.pods() {
		if slices.Contains(before, pod) && only {
			t.Errorf("pod %s has not been drained", pod)
		}
	}
	evicted, refused := strings.Count(out.String(), " evicted\n"), strings.Count(out.String(), "disruption budget")
	if evicted == 0 || refused == 0 && evicted > 1 {
		t.Errorf("the budget has held nothing up:\n%s", out.String())
	}
	said := fmt.Sprintf("%d pods evicted by `kubectl drain`, which the budget held up %d times", evicted, refused)
	if only {
		said += "; the only node, hence uncordoned at once"
	}
	return said
}

// endPods gives a pod that is ready a second of the thirty that it needs, eight
// times.
func (f *faults) endPods(*testing.T) string {
	const victims = 8
	for range victims {
		f.kubectl("delete", "pod", "-n", f.namespace, f.readyPod(), "--grace-period=1", "--wait=false")
		time.Sleep(killEvery)
	}
	return fmt.Sprintf("%d deleted, each with a second to end", victims)
}

// killProcesses kills the server of each pod in turn, as the kernel does when
// memory is out.
func (f *faults) killProcesses(*testing.T) string {
	pods := f.list()
	for _, p := range pods {
		output(f.t, "ctr", "--address", nodeState("containerd.sock"), "--namespace", "k8s.io",
			"tasks", "kill", "--signal", "SIGKILL", strings.TrimPrefix(p.Status.ContainerStatuses[0].ContainerID, "containerd://"))
		time.Sleep(killEvery)
	}
	return fmt.Sprintf("%d killed by SIGKILL", len(pods))
}

// readyPod returns a pod that requests reach.
func (f *faults) readyPod() string {
	for range 60 {
		for _, p := range f.list() {
			if p.ready() {
				return p.Metadata.Name
			}
		}
		time.Sleep(time.Second)
	}
	f.t.Fatal("no pod has been ready in a minute")
	return ""
}

// needsNode skips where the control plane and the containers are not processes
// of this machine, whose state lies beside the kubeconfig.
func (f *faults) needsNode(t *testing.T) {
	if _, err := os.Stat(nodeState("run/kube-apiserver.pid")); err != nil {
		t.Skipf("the cluster's processes are not this machine's, as those of shared/cluster/up are: %v", err)
	}
}

// nodeState is a file of the cluster that shared/cluster/up runs.
func nodeState(name string) string {
	return filepath.Join(filepath.Dir(os.Getenv("KUBECONFIG")), filepath.FromSlash(name))
}

// restartAPIServer kills the API server, and starts it again by the same
// command after a while.
func (f *faults) restartAPIServer(t *testing.T) string {
	const down = 10 * time.Second
	before := fmt.Sprint(f.list())
	file := nodeState("run/kube-apiserver.pid")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		t.Fatal(err)
	}
	args := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	if filepath.Base(args[0]) != "kube-apiserver" {
		t.Fatalf("process %d is %q, and not the API server", pid, args[0])
	}
	log, err := os.OpenFile(nodeState("log/kube-apiserver.log"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()

	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	time.Sleep(down)
	server := exec.Command(args[0], args[1:]...)
	server.Stdout, server.Stderr = log, log
	server.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // It outlives the test.
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, fmt.Appendf(nil, "%d\n", server.Process.Pid), 0o644); err != nil {
		t.Fatal(err)
	}
	for exec.Command("kubectl", "--request-timeout=5s", "get", "--raw", "/readyz").Run() != nil {
		if time.Since(began) > 2*time.Minute {
			t.Fatal("the API server has not come back in two minutes")
		}
		time.Sleep(time.Second)
	}
	gone := time.Since(began)
	f.settle()
	if after := fmt.Sprint(f.list()); after != before {
		t.Errorf("the pods were %s, and are %s", before, after)
	}
	return fmt.Sprintf("killed, and away for %.0f s", gone.Seconds())
}
