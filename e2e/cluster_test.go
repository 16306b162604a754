// Package e2e deploys the synthesized manifests to a real cluster and calls the
// server through its Service. The tests need:
//
//	KUBECONFIG      the cluster; without it they skip
//	CLUSTER_TOOLS   a folder with the programs `image TAG OUT.tar CONTEXT
//	                [OPTIONS]` and `load OUT.tar`, which build the Dockerfile and
//	                put the image on the cluster's node; or else
//	E2E_IMAGE       an image that the cluster can pull, with the tiny checkpoint
//	                inside (make image checkpoint=inference/testdata/tiny-base)
//	E2E_HOST        the address at which NodePorts answer, default 127.0.0.1
//
// TestScaling needs CLUSTER_TOOLS in any case, with `monitoring --adapter RULES`
// and `keda`, which install the Prometheus Operator, prometheus-adapter and KEDA,
// and E2E_PROMETHEUS, the URL of that Prometheus, default http://127.0.0.1:30090.
//
// TestNetworkPolicy needs CLUSTER_TOOLS, to be root on the cluster's node, and ipset.
package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	deployment = "deployment/git-rscilp-deployment"
	repository = "your-registry/git-rscilp"
)

func TestCluster(t *testing.T) {
	if os.Getenv("KUBECONFIG") == "" {
		t.Skip("no cluster: KUBECONFIG is not set")
	}
	first, second := images(t)
	c := newCluster(t, "git-rscilp-e2e")
	c.apply("testdata/values.yaml", "$IMAGE", first, "$LEVEL", "INFO")
	c.waitForRollout()
	service := c.nodePort("git-rscilp-service", "/ready")

	t.Run("scores a picture as the reference does", func(t *testing.T) { scorePicture(t, service) })
	t.Run("refuses to fetch from inside the cluster", func(t *testing.T) { refuseFetch(t, service) })
	t.Run("a change of configuration rolls the pods", func(t *testing.T) {
		before := c.pods()
		c.apply("testdata/values.yaml", "$IMAGE", first, "$LEVEL", "DEBUG")
		c.waitForRollout()
		for _, pod := range c.pods() {
			if strings.Contains(strings.Join(before, " "), pod) {
				t.Errorf("pod %s has survived a change of the ConfigMap", pod)
			}
		}
	})
	t.Run("the Service outlives a pod", func(t *testing.T) {
		victim := c.pods()[0]
		load := startLoad(t, service, "", 100)
		c.kubectl("delete", "pod", "-n", c.namespace, victim, "--wait=false")
		c.settle()
		if failed := load.stop(t, 1000); failed > 0 {
			t.Errorf("%d requests failed, want none", failed)
		}
	})
	t.Run("a rolling update fails no request", func(t *testing.T) {
		load := startLoad(t, service, "", 100)
		c.kubectl("set", "image", "-n", c.namespace, deployment, "git-rscilp-container="+second)
		c.settle()
		if failed := load.stop(t, 1000); failed > 0 {
			t.Errorf("%d requests failed, want none", failed)
		}
	})
	t.Run("the namespace takes restricted pods alone", c.refusesRoot)
	t.Run("the commands of the pages work", func(t *testing.T) { runPages(t, first, second) })
	t.Run("everything can be deleted", func(t *testing.T) {
		c.kubectl("delete", "-f", c.dist, "--ignore-not-found", "--wait", "--timeout=3m")
		c.kubectl("delete", "configmap", "git-rscilp-applied", "-n", c.namespace)
		c.gone("app=git-rscilp")
		if left := c.kubectl("get", "all,configmap,hpa", "-n", c.namespace, "-o", "name", "--ignore-not-found"); strings.Contains(left, "git-rscilp") {
			t.Errorf("left behind: %s", left)
		}
	})
}

// images returns two image references to roll between.
func images(t *testing.T) (first, second string) {
	t.Helper()
	if image := os.Getenv("E2E_IMAGE"); image != "" {
		return image, image
	}
	tools := os.Getenv("CLUSTER_TOOLS")
	if tools == "" {
		t.Skip("no image: neither CLUSTER_TOOLS nor E2E_IMAGE is set")
	}
	// Two versions that differ in their label, as two releases would.
	return buildImage(t, tools, "e2e-1"), buildImage(t, tools, "e2e-2")
}

// built are the images that this process has put on the node, by their version.
var built sync.Map

// buildImage puts an image of a version on the cluster's node, if it is not there
// yet, and returns its reference.
func buildImage(t *testing.T, tools, version string) string {
	t.Helper()
	if image, ok := built.Load(version); ok {
		return image.(string)
	}
	archive := filepath.Join(t.TempDir(), "image.tar")
	image := buildArchive(t, tools, version, archive)
	output(t, filepath.Join(tools, "load"), archive)
	built.Store(version, image)
	return image
}

// loadProgram builds a program of this folder without C, and puts it on the node
// as an image.
func loadProgram(t *testing.T, tools, folder, image string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), filepath.Base(folder))
	output(t, "env", "CGO_ENABLED=0", "go", "build", "-o", program, folder)
	output(t, filepath.Join(tools, "load"), "--binary", program, image)
}

// buildArchive writes an image of a version to an archive, and returns its
// reference.
func buildArchive(t *testing.T, tools, version, archive string) string {
	t.Helper()
	image := repository + ":" + version
	output(t, filepath.Join(tools, "image"), image, archive, "..", "--target", "cpu", "--layers",
		"--build-arg", "VERSION="+version,
		"--build-arg", "CHECKPOINT=inference/testdata/tiny-base",
		"--build-arg", "NAME=tiny-random-weights-scores-mean-nothing")
	return image
}

// cluster drives one deployment through kubectl.
type cluster struct {
	t         *testing.T
	namespace string
	dist      string // folder of the manifests applied last
}

// newCluster returns the name of a namespace of the test's own, which is not there
// yet, and which it deletes after the test.
func newCluster(t *testing.T, namespace string) *cluster {
	t.Helper()
	t.Setenv("KUBECTL_APPLYSET", "true")
	c := &cluster{t: t, namespace: namespace}
	c.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait", "--timeout=5m")
	t.Cleanup(func() {
		if t.Failed() {
			c.describe()
		}
		// Nobody waits for its pods to drain but the next test of the same namespace.
		c.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false")
	})
	return c
}

func (c *cluster) kubectl(args ...string) string {
	c.t.Helper()
	return output(c.t, "kubectl", args...)
}

// apply synthesizes with a file of values, its places filled, and applies the
// output as the pages say.
func (c *cluster) apply(file string, places ...string) {
	c.t.Helper()
	c.synth(file, places...)
	c.deploy()
}

// deploy applies the manifests as docs/operations.md says.
func (c *cluster) deploy() {
	c.t.Helper()
	if c.kubectl("get", "namespace", c.namespace, "-o", "name", "--ignore-not-found") == "" {
		c.kubectl("create", "-f", filepath.Join(c.dist, "namespace"))
	}
	if kept := filepath.Join(c.dist, "kept"); exists(kept) {
		c.kubectl("apply", "-f", kept)
	}
	c.kubectl("apply", "--prune", "--applyset=configmaps/git-rscilp-applied", "-n", c.namespace, "-f", c.dist)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (c *cluster) synth(file string, places ...string) {
	c.t.Helper()
	template, err := os.ReadFile(file)
	if err != nil {
		c.t.Fatal(err)
	}
	values := filepath.Join(c.t.TempDir(), "values.yaml")
	filled := strings.NewReplacer(places...).Replace(string(template))
	if err := os.WriteFile(values, []byte(filled), 0o600); err != nil {
		c.t.Fatal(err)
	}
	c.dist = c.t.TempDir()
	app, err := buildApp()
	if err != nil {
		c.t.Fatal(err)
	}
	output(c.t, app, "--values", values, "--outdir", c.dist)
}

// buildApp builds the app that writes the manifests.
var buildApp = sync.OnceValues(func() (string, error) {
	app, err := filepath.Abs("../.build/e2e/app")
	if err != nil {
		return "", err
	}
	if out, err := exec.Command("go", "build", "-o", app, "..").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the app: %w: %s", err, out)
	}
	return app, nil
})

func (c *cluster) waitForRollout() {
	c.t.Helper()
	c.kubectl("rollout", "status", "-n", c.namespace, deployment, "--timeout=5m")
}

// settle waits until there are as many pods as there should be, all ready, and
// no other that drains.
func (c *cluster) settle() {
	c.t.Helper()
	c.waitForRollout()
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(time.Second) {
		if !slices.ContainsFunc(c.list(), func(p pod) bool { return p.Metadata.DeletionTimestamp != "" }) {
			return
		}
	}
	c.t.Fatal("pods have not gone in five minutes")
}

// gone waits until no pod has a label, of those too that drain still.
func (c *cluster) gone(label string) {
	c.t.Helper()
	c.kubectl("wait", "--for=delete", "pod", "-n", c.namespace, "-l", label, "--timeout=5m")
}

// pod is what matters of one.
type pod struct {
	Metadata struct{ Name, DeletionTimestamp string }
	Status   struct {
		ContainerStatuses []struct {
			Ready       bool
			ContainerID string
		}
	}
}

// ready reports whether requests reach the pod.
func (p pod) ready() bool {
	return p.Metadata.DeletionTimestamp == "" && len(p.Status.ContainerStatuses) == 1 && p.Status.ContainerStatuses[0].Ready
}

func (c *cluster) list() []pod {
	c.t.Helper()
	var list struct{ Items []pod }
	data := c.kubectl("get", "pods", "-n", c.namespace, "-l", "app=git-rscilp", "-o", "json")
	if err := json.Unmarshal([]byte(data), &list); err != nil {
		c.t.Fatal(err)
	}
	return list.Items
}

// pods returns the names of the pods that are not on their way out.
func (c *cluster) pods() []string {
	c.t.Helper()
	var names []string
	for _, p := range c.list() {
		if p.Metadata.DeletionTimestamp == "" {
			names = append(names, p.Metadata.Name)
		}
	}
	return names
}

// nodePort returns the base URL of a Service, once a path of it answers.
func (c *cluster) nodePort(name, path string) string {
	c.t.Helper()
	port := c.kubectl("get", "service", "-n", c.namespace, name, "-o", "jsonpath={.spec.ports[0].nodePort}")
	url := "http://" + c.host() + ":" + port
	waitForAnswer(c.t, url+path)
	return url
}

// rpcPort returns the address of a Service over gRPC.
func (c *cluster) rpcPort(name string) string {
	c.t.Helper()
	port := c.kubectl("get", "service", "-n", c.namespace, name, "-o", `jsonpath={.spec.ports[?(@.name=="grpc")].nodePort}`)
	return net.JoinHostPort(c.host(), port)
}

// host is where NodePorts answer.
func (c *cluster) host() string { return cmp.Or(os.Getenv("E2E_HOST"), "127.0.0.1") }

// describe logs what a failure needs.
func (c *cluster) describe() {
	for _, args := range [][]string{
		{"get", "all", "-n", c.namespace, "-o", "wide"},
		{"get", "events", "-n", c.namespace, "--sort-by=.lastTimestamp"},
		{"logs", "-n", c.namespace, "-l", "app=git-rscilp", "--tail=40", "--prefix"},
	} {
		out, err := exec.Command("kubectl", args...).CombinedOutput()
		c.t.Logf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// output runs a command and returns what it printed.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	if t.Context().Err() != nil { // Cleanup runs after the test's context has ended.
		ctx, cancel = context.WithTimeout(context.Background(), 10*time.Minute)
	}
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s%s", name, strings.Join(args, " "), err, out, tail(stderr.String()))
	}
	return string(out)
}

func tail(s string) string { return s[max(0, len(s)-4000):] }
