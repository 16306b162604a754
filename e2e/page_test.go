package e2e

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/internal/pages"
)

// The images on the pages: that of the README, and its successor.
const (
	firstOnPages  = "registry.example/team/git-rscilp:1.0.0"
	secondOnPages = "registry.example/team/git-rscilp:1.1.0"
)

// ofNamespace is where a command names the pages' namespace.
var ofNamespace = regexp.MustCompile(`(-n|namespace) git-rscilp( |$)`)

// pageRun runs the commands of the pages that need a cluster and nothing else,
// in a namespace and with images of the test's.
type pageRun struct {
	*cluster
	images *strings.Replacer
	values string            // the values file of the README
	port   int               // in place of 8080
	output map[string]string // what a command printed, by its text on the page
}

func runPages(t *testing.T, first, second string) {
	c := newCluster(t, "git-rscilp-pages")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &pageRun{
		cluster: c, images: strings.NewReplacer(firstOnPages, first, secondOnPages, second),
		port: listener.Addr().(*net.TCPAddr).Port, output: map[string]string{},
	}
	_ = listener.Close()
	names, err := pages.Names("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		r.page(t, name)
	}
	r.check(t, first)
}

// page runs a page's commands in order.
func (r *pageRun) page(t *testing.T, name string) {
	t.Helper()
	blocks, err := pages.Blocks("..", name)
	if err != nil {
		t.Fatal(err)
	}
	if name == "docs/autoscaling.md" {
		// Its rules are those of a signal. The new pods are a revision to go back
		// to, even if both images are one.
		r.synthValues(t, "autoscaler: {", "autoscaler: {requestsPerSecond: 100, ", "workers: 2", "workers: 3")
		r.deploy()
		r.waitForRollout()
	}
	for _, block := range blocks {
		switch {
		case block.File == "values.yaml":
			r.values = block.Text
			r.synthValues(t)
		case slices.Equal(block.Needs, []string{"cluster"}):
			for _, command := range block.Commands(t.Context()) {
				r.run(t, command)
			}
		}
	}
}

// synthValues writes the manifests of the README's values, with some replaced.
func (r *pageRun) synthValues(t *testing.T, places ...string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	// The node of a test has less memory than a real model needs.
	places = append(places, "service:\n", "service:\n  namespace: "+r.namespace+"\n", "memory: 4Gi", "memory: 256Mi")
	values := strings.NewReplacer(places...).Replace(r.images.Replace(r.values))
	if err := os.WriteFile(file, []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	r.synth(file)
}

// run runs a command, or a tunnel until the test ends.
func (r *pageRun) run(t *testing.T, onPage string) {
	t.Helper()
	command := ofNamespace.ReplaceAllString(r.images.Replace(onPage), "$1 "+r.namespace+"$2")
	command = strings.NewReplacer("manifests/", r.dist+"/", "8080", strconv.Itoa(r.port)).Replace(command)
	t.Logf("%s", command)
	if !strings.Contains(command, " port-forward ") {
		r.output[onPage] = output(t, "bash", "-c", "cd .. && "+command)
		return
	}
	tunnel := exec.CommandContext(t.Context(), "bash", "-c", "exec "+command)
	if err := tunnel.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tunnel.Process.Kill(); _ = tunnel.Wait() })
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(r.port))
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			_ = connection.Close()
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %v", command, err)
		}
	}
}

// check looks at what the commands printed and left behind.
func (r *pageRun) check(t *testing.T, first string) {
	t.Helper()
	t.Cleanup(func() { _ = os.Remove("../rules.yaml") })
	rules, err := os.ReadFile("../rules.yaml")
	if err != nil || !strings.Contains(string(rules), "requests_per_second") {
		t.Errorf("the adapter's rules: %v\n%s", err, rules)
	}
	r.runs(t, first)
	answered, history := false, false
	for command, printed := range r.output {
		switch {
		case strings.Contains(command, "/predict"):
			var answer struct{ Model string }
			answered = json.Unmarshal([]byte(printed), &answer) == nil && answer.Model != ""
		case strings.Contains(command, "rollout history"):
			history = strings.Contains(printed, "release 1.1.0")
		}
	}
	if !answered || !history {
		t.Errorf("the README's call was answered: %v; the history says why there is a new image: %v\n%q", answered, history, r.output)
	}
}

// image is that of the pods.
func (c *cluster) image() string {
	c.t.Helper()
	return c.kubectl("get", "-n", c.namespace, deployment, "-o", "jsonpath={.spec.template.spec.containers[0].image}")
}

// runs checks of which image the pods are.
func (c *cluster) runs(t *testing.T, image string) {
	t.Helper()
	if got := c.image(); got != image {
		t.Errorf("the image is %s, want %s", got, image)
	}
}
