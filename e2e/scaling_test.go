package e2e

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/loadgen"
)

// The targets of the autoscaler in testdata/scaling.yaml.
const (
	targetRequests = 6     // a second and pod
	targetQueue    = 0.005 // seconds
	mostPods       = 4

	// endlessQueue is a target in whose place requests are what the pods are scaled
	// by, on machines too that make them wait.
	endlessQueue = 60 // seconds

	// mostLoad is how long a load goes on at most. It ends when the pods are there.
	mostLoad = 5 * time.Minute
)

// wakeQuery counts what reaches the gateway, which is there when no pod is.
const wakeQuery = `sum(rate(gateway_requests_total{namespace="git-rscilp-scaling"}[30s])) or vector(0)`

// TestScaling has a HorizontalPodAutoscaler and then KEDA scale the server under
// a real load, and the alerts on errors and latency fire and resolve. It takes a
// quarter of an hour. With E2E_SCALING_OUT it leaves what it saw in that folder.
// With -short it only scales up, on requests per second.
func TestScaling(t *testing.T) {
	tools := os.Getenv("CLUSTER_TOOLS")
	if os.Getenv("KUBECONFIG") == "" || tools == "" {
		t.Skip("no cluster, or nothing to install monitoring with: KUBECONFIG or CLUSTER_TOOLS is not set")
	}
	image, _ := images(t)
	output(t, filepath.Join(tools, "monitoring"))
	if !testing.Short() {
		output(t, filepath.Join(tools, "keda"))
	}
	loadProgram(t, tools, "./gateway", "localhost/rsclip-gateway:e2e")
	c := newCluster(t, "git-rscilp-scaling")
	apply := func(queue float64, engine string) {
		c.apply("testdata/scaling.yaml", "$IMAGE", image, "$QUEUE", fmt.Sprint(queue), "$ENGINE", engine)
	}
	apply(endlessQueue, "engine: hpa")
	c.waitForRollout()
	c.kubectl("apply", "-f", "testdata/gateway.yaml")
	c.kubectl("rollout", "status", "-n", c.namespace, "deployment/gateway", "--timeout=2m")
	c.useAdapterRules(tools)
	s := &scaling{cluster: c, service: c.nodePort("git-rscilp-service", "/ready"), timeline: watch(t, c.namespace)}
	defer s.leave(t)
	step := func(name string, test func(t *testing.T)) {
		if !t.Failed() {
			t.Run(name, test)
		}
	}
	step("the ServiceMonitor is picked up", s.scraped)
	if testing.Short() {
		step("scales on requests per second", s.upOnRequests)
		return
	}
	fault := s.startFault(t)
	step("scales on requests per second, and back", s.onRequests)
	step("scales on queue time, and back", func(t *testing.T) {
		apply(targetQueue, "engine: hpa")
		s.onQueue(t)
	})
	step("the alerts fire", func(t *testing.T) {
		s.timeline.wait(t, 6*time.Minute, "HighErrorRate and HighLatency fire", func(m moment) bool { return m.errors == firing && m.latency == firing })
	})
	s.timeline.mark(t, "the fault ends")
	fault.stop(t)
	step("KEDA takes over, and scales to nothing", func(t *testing.T) {
		apply(targetQueue, "engine: keda\n  keda: {pollingSeconds: 5, scaleToZero: true, cooldownSeconds: 10, wakeQuery: '"+wakeQuery+"'}")
		s.toNothing(t)
	})
	step("a request wakes it", s.wake)
	step("the alerts resolve", func(t *testing.T) {
		s.timeline.wait(t, 6*time.Minute, "both alerts are resolved", func(m moment) bool { return m.errors == inactive && m.latency == inactive })
	})
}

// useAdapterRules has prometheus-adapter serve what the autoscaler of the manifests follows.
func (c *cluster) useAdapterRules(tools string) {
	c.t.Helper()
	rules := filepath.Join(c.t.TempDir(), "rules.yaml")
	config := c.kubectl("get", "configmap", "-n", c.namespace, "git-rscilp-adapter-rules", "-o", `jsonpath={.data.config\.yaml}`)
	if err := os.WriteFile(rules, []byte(config), 0o600); err != nil {
		c.t.Fatal(err)
	}
	output(c.t, filepath.Join(tools, "monitoring"), "--adapter", rules)
}

// scaling is one deployment whose autoscaler is under test.
type scaling struct {
	*cluster
	service  string // base URL
	timeline *timeline
	clients  int // most requests of a load under way; 0 means 32
}

// leave writes the timeline where somebody asks for it.
func (s *scaling) leave(t *testing.T) {
	t.Helper()
	if folder := os.Getenv("E2E_SCALING_OUT"); folder != "" {
		if err := s.timeline.write(folder, "A HorizontalPodAutoscaler, then KEDA, under load"); err != nil {
			t.Error(err)
		}
	}
}

func (s *scaling) scraped(t *testing.T) {
	query := fmt.Sprintf(`count(up{namespace=%q,service="git-rscilp-service"} == 1)`, s.namespace)
	for range 150 {
		if pods, err := ask(t.Context(), query); err == nil && pods >= 1 {
			s.timeline.mark(t, "Prometheus scrapes the pod")
			return
		}
		time.Sleep(time.Second)
	}
	t.Fatal("no pod was scraped in 150 s")
}

func (s *scaling) onRequests(t *testing.T) {
	s.upOnRequests(t)
	s.timeline.wait(t, 5*time.Minute, "one pod is left", one)
}

func (s *scaling) upOnRequests(t *testing.T) {
	load := s.startLoad(t, s.service+embeddings, 24, mostLoad, texts(1), http.StatusOK)
	s.timeline.mark(t, "24 requests a second begin, of a text each")
	s.timeline.wait(t, mostLoad, fmt.Sprintf("%d pods are ready", mostPods), full)
	s.scaledBy(t, "requests_per_second")
	s.report(t, load)
	s.timeline.mark(t, "they end")
}

func (s *scaling) onQueue(t *testing.T) {
	load := s.startLoad(t, s.service+embeddings, 2, mostLoad, texts(256), http.StatusOK)
	s.timeline.mark(t, "2 requests a second begin, of 256 texts each")
	s.timeline.wait(t, mostLoad, fmt.Sprintf("%d pods are ready", mostPods), full)
	s.scaledBy(t, "queue_seconds")
	s.report(t, load)
	s.timeline.mark(t, "they end")
	s.timeline.wait(t, 5*time.Minute, "one pod is left", one)
}

func full(m moment) bool { return m.wanted == mostPods && m.ready == mostPods }
func one(m moment) bool  { return m.wanted == 1 && m.ready == 1 }

// scaledBy asks the autoscaler which metric it follows.
func (s *scaling) scaledBy(t *testing.T, metric string) {
	t.Helper()
	reason := s.kubectl("get", "hpa", "-n", s.namespace, "git-rscilp-hpa", "-o", `jsonpath={.status.conditions[?(@.type=="ScalingActive")].message}`)
	t.Logf("%s", reason)
	if !strings.HasSuffix(reason, metric) {
		t.Errorf("the autoscaler does not follow %s: %s", metric, reason)
	}
}

func (s *scaling) toNothing(t *testing.T) {
	s.timeline.mark(t, "KEDA takes over")
	s.timeline.wait(t, 6*time.Minute, "no pod is left", func(m moment) bool { return m.wanted == 0 && m.ready == 0 })
	owner := s.kubectl("get", "hpa", "-n", s.namespace, "-o", "jsonpath={.items[*].metadata.name} {.items[*].metadata.ownerReferences[*].kind}")
	if owner != "git-rscilp-hpa ScaledObject" {
		t.Errorf("autoscalers and their owners: %s, want the one of old, KEDA's now", owner)
	}
	// The last pod answers until it has drained.
	s.kubectl("wait", "--for=delete", "pod", "-n", s.namespace, "-l", "app=git-rscilp", "--timeout=2m")
	_, err := embed(t.Context(), s.service)
	s.timeline.mark(t, "a request past the gateway sees: %s", reason(err))
	if err == nil {
		t.Error("a service without pods has answered")
	}
}

// wake sends one request through the gateway, then more.
func (s *scaling) wake(t *testing.T) {
	gateway := s.nodePort("gateway", "/metrics")
	s.timeline.mark(t, "a request comes through the gateway")
	took, err := embed(t.Context(), gateway)
	if err != nil {
		t.Fatal(err)
	}
	s.timeline.mark(t, "it is answered after %.1f s", took.Seconds())
	load := s.startLoad(t, gateway+embeddings, 24, mostLoad, texts(1), http.StatusOK)
	s.timeline.mark(t, "24 requests a second begin, through the gateway")
	s.timeline.wait(t, mostLoad, fmt.Sprintf("%d pods are ready", mostPods), full)
	s.report(t, load)
	s.timeline.mark(t, "they end")
	s.timeline.wait(t, 6*time.Minute, "no pod is left", func(m moment) bool { return m.wanted == 0 && m.ready == 0 })
}

// reason is the last part of an error, which says why.
func reason(err error) string {
	if err == nil {
		return "an answer"
	}
	parts := strings.Split(err.Error(), ": ")
	return parts[len(parts)-1]
}

// embed embeds a text, and returns how long that took.
func embed(ctx context.Context, service string) (time.Duration, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	status, answer, err := call(ctx, &http.Client{}, service+embeddings, jsonType, []byte(texts(1)(0)))
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", status, answer)
	}
	return time.Since(began), err
}

// texts returns bodies of requests for embeddings that no cache knows.
func texts(items int) func(n int) string {
	return func(n int) string {
		list := make([]string, items)
		for i := range list {
			list[i] = fmt.Sprintf(`"a remote sensing image of river %d of %d at %d"`, i, n, time.Now().UnixNano())
		}
		return fmt.Sprintf(`{"input": [%s]}`, strings.Join(list, ","))
	}
}

// embeddings is the path at which texts become embeddings.
const embeddings = "/v1/embeddings"

const jsonType = "application/json"

func call(ctx context.Context, client *http.Client, url, contentType string, body []byte, headers ...string) (status int, answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Content-Type", contentType)
	for header := range slices.Chunk(headers, 2) {
		request.Header.Set(header[0], header[1])
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, bytes.TrimSpace(answer), err
}

// bounded is a load that ends by itself, or when it is stopped.
type bounded struct {
	cancel context.CancelFunc
	done   chan struct{}
	report *loadgen.Report
	err    error
}

// startLoad puts an open load on a URL. Every request has a connection of its
// own, since a Service spreads connections over its pods, and not requests.
func (s *scaling) startLoad(t *testing.T, url string, rate float64, duration time.Duration, body func(n int) string, want int, headers ...string) *bounded {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ctx, cancel := context.WithCancel(t.Context())
	b := &bounded{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(b.done)
		plan := loadgen.Plan{Arrivals: loadgen.Constant, Rate: rate, Clients: cmp.Or(s.clients, 32), Duration: duration, Timeout: 20 * time.Second}
		b.report, b.err = loadgen.Run(ctx, plan, func(request context.Context, n int) string {
			s.timeline.sent.Add(1)
			status, _, err := call(request, client, url, jsonType, []byte(body(n)), headers...)
			switch {
			case err == nil && status == want:
				return loadgen.OK
			case err == nil:
				err = fmt.Errorf("status %d", status)
			}
			if ctx.Err() == nil { // The load's end cuts off what is under way, which is no failure.
				s.timeline.failed.Add(1)
			}
			return reason(err)
		})
	}()
	return b
}

// startFault lets three requests a second wait for a host that answers later than
// their time allows: the server answers 504, which is what HighErrorRate watches,
// and not within half a second, which is what HighLatency does.
func (s *scaling) startFault(t *testing.T) *bounded {
	t.Helper()
	s.timeline.mark(t, "3 requests a second begin whose time runs out")
	return s.startLoad(t, s.service+"/predict", 3, 20*time.Minute, func(n int) string {
		return fmt.Sprintf(`{"text": "river", "image_url": "http://gateway.git-rscilp-scaling.svc/late?%d"}`, n)
	}, http.StatusGatewayTimeout, "X-Request-Timeout-Seconds", "0.8")
}

// stop ends a load before its time.
func (b *bounded) stop(t *testing.T) *loadgen.Report {
	t.Helper()
	b.cancel()
	<-b.done
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.report
}

// report ends a load, of which no request may have failed.
func (s *scaling) report(t *testing.T, load *bounded) {
	t.Helper()
	r := load.stop(t)
	t.Logf("%d requests, %v, p50 %.0f ms, p99 %.0f ms", r.Requests, r.Outcomes, r.Latency.P50, r.Latency.P99)
	if r.Failed() > 0 {
		t.Errorf("%d of %d requests failed: %v", r.Failed(), r.Requests, r.Outcomes)
	}
}
