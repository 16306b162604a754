package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// buildKubeRouter builds what enforces network policies. It runs on this machine,
// which must be the cluster's node.
func buildKubeRouter(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may filter what pods send")
	}
	for _, program := range []string{"ip", "ipset", "iptables", "nsenter"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	program := filepath.Join(t.TempDir(), "kube-router")
	output(t, "go", "build", "-C", "kuberouter", "-o", program, "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router")
	return program
}

// startKubeRouter has it enforce network policies, and do nothing else, until the
// test or stop ends it. Its rules outlive it, and are removed.
func startKubeRouter(t *testing.T, program, node string) (stop func()) {
	t.Helper()
	removeRules(t)
	router := exec.Command(program, "--kubeconfig="+os.Getenv("KUBECONFIG"), "--hostname-override="+node,
		"--run-firewall", "--run-router=false", "--run-service-proxy=false", "--run-loadbalancer=false", "--health-port=0")
	var said bytes.Buffer
	router.Stdout, router.Stderr = &said, &said
	router.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := router.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		_ = router.Process.Signal(syscall.SIGTERM)
		if err := router.Wait(); err != nil || t.Failed() {
			t.Logf("kube-router: %v\n%s", err, said.String())
		}
		removeRules(t)
	})
	t.Cleanup(stop)
	return stop
}

// removeRules removes what kube-router leaves in the packet filter, in one step and
// without a word to the rules of others.
func removeRules(t *testing.T) {
	t.Helper()
	isIts := func(chain string) bool {
		return slices.ContainsFunc([]string{"KUBE-ROUTER-", "KUBE-POD-FW-", "KUBE-NWPLCY-"}, func(prefix string) bool { return strings.HasPrefix(chain, prefix) })
	}
	var flushed, jumps, deleted strings.Builder
	for line := range strings.Lines(output(t, "iptables-save", "-t", "filter")) {
		words := strings.Fields(line)
		switch {
		case len(words) < 2:
		case isIts(strings.TrimPrefix(words[0], ":")):
			flushed.WriteString(words[0] + " - [0:0]\n")
			deleted.WriteString("-X " + words[0][1:] + "\n")
		case words[0] == "-A" && !isIts(words[1]) && isIts(words[len(words)-1]):
			jumps.WriteString("-D" + strings.TrimPrefix(line, "-A"))
		}
	}
	if deleted.Len() > 0 {
		restore := exec.Command("iptables-restore", "--noflush", "--wait", "60")
		restore.Stdin = strings.NewReader("*filter\n" + flushed.String() + jumps.String() + deleted.String() + "COMMIT\n")
		if out, err := restore.CombinedOutput(); err != nil {
			t.Errorf("removing the rules of kube-router: %v: %s", err, out)
		}
	}
	for name := range strings.FieldsSeq(output(t, "ipset", "list", "-n")) {
		if strings.HasPrefix(name, "KUBE-SRC-") || strings.HasPrefix(name, "KUBE-DST-") {
			output(t, "ipset", "destroy", name)
		}
	}
}

// The device that leads to what is no pod, and the table of its routes.
const (
	outsideDevice = "rsclip-outside"
	outsideTable  = "4269"
)

// startOutside starts what pods call outside of the cluster, at ports 80, 443 and
// 9000: the clouds' metadata, private addresses, and one that is public. It is a
// process with a network of its own, to which this machine leads only what comes
// from pods, as from the one at an address.
func startOutside(t *testing.T, pod string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "caller")
	output(t, "env", "CGO_ENABLED=0", "go", "build", "-o", program, "./caller")
	answering := exec.Command(program, "serve", "80", "443", "9000")
	answering.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Cloneflags: syscall.CLONE_NEWNET}
	if err := answering.Start(); err != nil {
		t.Fatal(err)
	}
	remove := func() {
		_ = exec.Command("ip", "rule", "del", "priority", outsideTable).Run() // They may not be there.
		_ = exec.Command("ip", "link", "del", outsideDevice).Run()            // Its routes go, too.
	}
	remove()
	t.Cleanup(func() { _ = answering.Process.Kill(); _ = answering.Wait(); remove() })

	_, device, _ := strings.Cut(output(t, "ip", "-o", "route", "get", pod), " dev ")
	device, _, _ = strings.Cut(device, " ")
	process := strconv.Itoa(answering.Process.Pid)
	inside := "nsenter --net --target " + process + " ip "
	steps := []string{
		"ip link add " + outsideDevice + " type veth peer name eth0 netns " + process,
		"ip address add 198.18.77.1/30 dev " + outsideDevice,
		"ip link set " + outsideDevice + " up",
		inside + "address add 198.18.77.2/30 dev eth0",
		inside + "link set eth0 up",
		inside + "route add default via 198.18.77.1",
	}
	for _, address := range []string{"169.254.169.254", "100.100.100.200", "168.63.129.16", "10.77.0.2", "10.77.0.3", "172.20.0.2", "192.168.77.2", "11.0.0.2"} {
		steps = append(steps, inside+"address add "+address+"/32 dev eth0", "ip route add "+address+" via 198.18.77.2 table "+outsideTable)
	}
	steps = append(steps, "ip rule add iif "+device+" lookup "+outsideTable+" priority "+outsideTable)
	for _, step := range steps {
		words := strings.Fields(step)
		output(t, words[0], words[1:]...)
	}
}
