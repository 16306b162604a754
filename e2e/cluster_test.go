// Package e2e deploys the synthesized manifests to a real cluster and calls the
// server through its Service. TestCluster needs:
//
//	KUBECONFIG      the cluster; without it the test skips
//	CLUSTER_TOOLS   a folder with the programs `image TAG OUT.tar CONTEXT
//	                [OPTIONS]` and `load OUT.tar`, which build the Dockerfile and
//	                put the image on the cluster's node; or else
//	E2E_IMAGE       an image that the cluster can pull, with the tiny checkpoint
//	                inside (make image checkpoint=inference/testdata/tiny-base)
//	E2E_HOST        the address at which NodePorts answer, default 127.0.0.1
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	// A namespace of the test's own: it is deleted before and after.
	namespace  = "git-rscilp-e2e"
	deployment = "deployment/git-rscilp-deployment"
	repository = "your-registry/git-rscilp"
)

// restricted is the strictest security context that a pod can have.
const restricted = `{"spec": {"template": {"spec": {
  "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
  "containers": [{"name": "git-rscilp-container", "securityContext": {
    "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}}]}}}}`

func TestCluster(t *testing.T) {
	if os.Getenv("KUBECONFIG") == "" {
		t.Skip("no cluster: KUBECONFIG is not set")
	}
	first, second := images(t)
	c := &cluster{t: t}
	c.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait", "--timeout=3m")
	t.Cleanup(func() {
		if t.Failed() {
			c.describe()
		}
		c.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait", "--timeout=3m")
	})

	c.apply(first, "INFO")
	c.waitForRollout()
	service := c.nodePort()

	t.Run("scores a picture as the reference does", func(t *testing.T) { scorePicture(t, service) })
	t.Run("refuses to fetch from inside the cluster", func(t *testing.T) { refuseFetch(t, service) })
	t.Run("a change of configuration rolls the pods", func(t *testing.T) {
		before := c.pods()
		c.apply(first, "DEBUG")
		c.waitForRollout()
		for _, pod := range c.pods() {
			if strings.Contains(strings.Join(before, " "), pod) {
				t.Errorf("pod %s has survived a change of the ConfigMap", pod)
			}
		}
	})
	t.Run("the Service outlives a pod", func(t *testing.T) {
		victim := c.pods()[0]
		load := startLoad(t, service)
		c.kubectl("delete", "pod", "-n", namespace, victim, "--wait=false")
		c.waitForRollout()
		time.Sleep(15 * time.Second) // The pod's drain must be over before the count.
		total, failed, sample := load.stop()
		t.Logf("deleting a pod: %d requests, %d failed %s", total, failed, sample)
		if failed > 0 || total < 100 {
			t.Errorf("%d of %d requests failed while a pod was deleted, want 0 of at least 100: %s", failed, total, sample)
		}
	})
	t.Run("a rolling update fails no request", func(t *testing.T) {
		load := startLoad(t, service)
		c.kubectl("set", "image", "-n", namespace, deployment, "git-rscilp-container="+second)
		c.waitForRollout()
		time.Sleep(15 * time.Second) // The last old pod drains after the rollout is complete.
		total, failed, sample := load.stop()
		t.Logf("rolling update: %d requests, %d failed %s", total, failed, sample)
		if failed > 0 || total < 100 {
			t.Errorf("%d of %d requests failed in a rolling update, want 0 of at least 100: %s", failed, total, sample)
		}
	})
	t.Run("runs as nobody, on a read-only root", func(t *testing.T) {
		c.kubectl("patch", "-n", namespace, deployment, "--patch", restricted)
		c.waitForRollout()
		scorePicture(t, service)
	})
	t.Run("everything can be deleted", func(t *testing.T) {
		c.kubectl("delete", "-f", c.dist, "--ignore-not-found", "--wait", "--timeout=3m")
		if left := c.kubectl("get", "all,configmap,hpa", "-n", namespace, "-o", "name", "--ignore-not-found"); strings.Contains(left, "git-rscilp") {
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
	for i, tag := range []*string{&first, &second} {
		*tag = fmt.Sprintf("%s:e2e-%d", repository, i+1)
		archive := filepath.Join(t.TempDir(), "image.tar")
		// Two versions that differ in their label, as two releases would.
		output(t, filepath.Join(tools, "image"), *tag, archive, "..", "--target", "cpu", "--layers",
			"--build-arg", "VERSION=e2e-"+fmt.Sprint(i+1),
			"--build-arg", "CHECKPOINT=inference/testdata/tiny-base",
			"--build-arg", "NAME=tiny-random-weights-scores-mean-nothing")
		output(t, filepath.Join(tools, "load"), archive)
	}
	return first, second
}

// cluster drives one deployment through kubectl.
type cluster struct {
	t    *testing.T
	dist string // folder of the manifests applied last
}

func (c *cluster) kubectl(args ...string) string {
	c.t.Helper()
	return output(c.t, "kubectl", args...)
}

// apply synthesizes with values of the test's own and applies the output as it is.
func (c *cluster) apply(image, level string) {
	c.t.Helper()
	template, err := os.ReadFile("testdata/values.yaml")
	if err != nil {
		c.t.Fatal(err)
	}
	values := filepath.Join(c.t.TempDir(), "values.yaml")
	filled := strings.NewReplacer("$IMAGE", image, "$LEVEL", level).Replace(string(template))
	if err := os.WriteFile(values, []byte(filled), 0o600); err != nil {
		c.t.Fatal(err)
	}
	c.dist = c.t.TempDir()
	output(c.t, "go", "run", "..", "--values", values, "--outdir", c.dist)
	c.kubectl("apply", "-f", c.dist)
}

func (c *cluster) waitForRollout() {
	c.t.Helper()
	c.kubectl("rollout", "status", "-n", namespace, deployment, "--timeout=5m")
}

// pods returns the names of the pods that are not on their way out.
func (c *cluster) pods() []string {
	c.t.Helper()
	var list struct {
		Items []struct {
			Metadata struct{ Name, DeletionTimestamp string }
		}
	}
	data := c.kubectl("get", "pods", "-n", namespace, "-l", "app=git-rscilp", "-o", "json")
	if err := json.Unmarshal([]byte(data), &list); err != nil {
		c.t.Fatal(err)
	}
	var names []string
	for _, p := range list.Items {
		if p.Metadata.DeletionTimestamp == "" {
			names = append(names, p.Metadata.Name)
		}
	}
	return names
}

// nodePort returns the base URL of the Service.
func (c *cluster) nodePort() string {
	c.t.Helper()
	port := c.kubectl("get", "service", "-n", namespace, "git-rscilp-service", "-o", "jsonpath={.spec.ports[0].nodePort}")
	host := os.Getenv("E2E_HOST")
	if host == "" {
		host = "127.0.0.1"
	}
	url := "http://" + host + ":" + port
	waitForAnswer(c.t, url+"/ready")
	return url
}

// describe logs what a failure needs.
func (c *cluster) describe() {
	for _, args := range [][]string{
		{"get", "all", "-n", namespace, "-o", "wide"},
		{"get", "events", "-n", namespace, "--sort-by=.lastTimestamp"},
		{"logs", "-n", namespace, "-l", "app=git-rscilp", "--tail=40", "--prefix"},
	} {
		out, err := exec.Command("kubectl", args...).CombinedOutput()
		c.t.Logf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// output runs a command and returns what it printed.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	if t.Context().Err() != nil { // Cleanup runs after the test's context has ended.
		ctx, cancel = context.WithTimeout(context.Background(), 5*time.Minute)
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
