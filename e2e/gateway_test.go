package e2e

import (
	"bytes"
	"cmp"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/loadgen"
	"github.com/seed-74198975/rsclip/internal/port"
)

// TestGateway has Traefik lead requests by the HTTPRoute of the manifests to two
// versions. It runs on this machine, which must be the cluster's node, and is built
// from its modules, which takes long: E2E_TRAEFIK names one that is built.
func TestGateway(t *testing.T) {
	tools := os.Getenv("CLUSTER_TOOLS")
	if os.Getenv("KUBECONFIG") == "" || tools == "" {
		t.Skip("no gateway: KUBECONFIG or CLUSTER_TOOLS is not set; make e2e-gateway builds one, which is too long for each run of CI")
	}
	c := newCluster(t, "git-rscilp-gateway")
	c.defineGateways()
	c.apply("testdata/httproute.yaml", "$IMAGE", buildImage(t, tools, "e2e-1"))
	gateway := c.startTraefik(t)
	c.waitForRollout()
	c.kubectl("rollout", "status", "-n", c.namespace, "deployment/git-rscilp-canary-deployment", "--timeout=5m")
	c.kubectl("wait", "-n", c.namespace, "httproute/git-rscilp-route", "--timeout=2m",
		`--for=jsonpath={.status.parents[0].conditions[?(@.type=="ResolvedRefs")].status}=True`)
	named, unnamed := fmt.Sprintf("http://localhost:%d", gateway), fmt.Sprintf("http://127.0.0.1:%d", gateway)
	waitForAnswer(t, named+"/ready")
	// Traefik learns of the pods of both one after the other.
	for deadline, row := time.Now().Add(2*time.Minute), 0; row < 20; row++ {
		if status := answers(t, named+"/v1/model"); status != http.StatusOK {
			row = 0
			time.Sleep(time.Second)
		}
		if time.Now().After(deadline) {
			t.Fatal("not all requests are answered after two minutes")
		}
	}

	scorePicture(t, named)
	if status := answers(t, unnamed+"/ready"); status != http.StatusNotFound {
		t.Errorf("by a name that the route has not: status %d, want 404", status)
	}
	rpc := dial(t, fmt.Sprintf("localhost:%d", gateway))[0]
	if said := infer(t.Context(), rpc, "tiny-random-weights-scores-mean-nothing"); said != loadgen.OK {
		t.Errorf("over gRPC: %s", said)
	}

	const requests = 80
	before := c.answered("git-rscilp-canary")
	for range requests {
		if status := answers(t, named+"/v1/model"); status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
	}
	if canary := c.answered("git-rscilp-canary") - before; canary < requests/4-2 || canary > requests/4+2 {
		t.Errorf("the canary has had %d of %d requests, want a quarter", canary, requests)
	}
}

// answers is the status of a GET.
func answers(t *testing.T, url string) int {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// defineGateways has the cluster know the Gateway API for the test, if it does not.
func (c *cluster) defineGateways() {
	c.t.Helper()
	if c.kubectl("get", "crd", "gateways.gateway.networking.k8s.io", "-o", "name", "--ignore-not-found") != "" {
		return
	}
	module := strings.TrimSpace(output(c.t, "go", "list", "-C", "traefik", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/gateway-api"))
	definitions := filepath.Join(module, "config", "crd", "standard")
	c.t.Cleanup(func() { c.kubectl("delete", "-f", definitions, "--ignore-not-found") })
	c.kubectl("create", "-f", definitions)
}

// startTraefik starts it as the Gateway, and returns its port.
func (c *cluster) startTraefik(t *testing.T) int {
	t.Helper()
	program := cmp.Or(os.Getenv("E2E_TRAEFIK"), filepath.Join(t.TempDir(), "traefik"))
	if !exists(program) {
		output(t, "env", "CGO_ENABLED=0", "go", "build", "-C", "traefik", "-o", program, "github.com/traefik/traefik/v3/cmd/traefik")
	}
	reserved, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reserved.Release)
	t.Cleanup(func() { c.kubectl("delete", "gatewayclass", "git-rscilp-e2e", "--ignore-not-found") })
	c.applyFilled("testdata/gatewayclass.yaml", "$PORT", strconv.Itoa(reserved.Number))

	traefik := exec.Command(program, "--providers.kubernetesgateway", "--providers.kubernetesgateway.statusaddress.ip=127.0.0.1",
		fmt.Sprintf("--entrypoints.web.address=127.0.0.1:%d", reserved.Number), "--global.checknewversion=false", "--global.sendanonymoususage=false")
	var said bytes.Buffer
	traefik.Stdout, traefik.Stderr = &said, &said
	traefik.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := traefik.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = traefik.Process.Kill()
		_ = traefik.Wait()
		if t.Failed() {
			t.Logf("traefik:\n%s", said.String())
		}
	})
	return reserved.Number
}

// applyFilled applies a file, its places filled.
func (c *cluster) applyFilled(file string, places ...string) {
	c.t.Helper()
	template, err := os.ReadFile(file)
	if err != nil {
		c.t.Fatal(err)
	}
	filled := filepath.Join(c.t.TempDir(), filepath.Base(file))
	if err := os.WriteFile(filled, []byte(strings.NewReplacer(places...).Replace(string(template))), 0o600); err != nil {
		c.t.Fatal(err)
	}
	c.kubectl("apply", "-f", filled)
}

var answeredModel = regexp.MustCompile(`(?m)^http_requests_total\{[^}]*path="/v1/model"[^}]*\} (\d+)$`)

// answered is how many requests for its model the one pod of an app has answered.
func (c *cluster) answered(app string) int {
	c.t.Helper()
	address := c.kubectl("get", "pods", "-n", c.namespace, "-l", "app="+app, "-o", "jsonpath={.items[0].status.podIP}")
	text := output(c.t, "curl", "-fsS", "http://"+address+":8080/metrics")
	total := 0
	for _, match := range answeredModel.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(match[1])
		if err != nil {
			c.t.Fatal(err)
		}
		total += n
	}
	return total
}
