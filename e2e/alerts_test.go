package e2e

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/seed-74198975/rsclip/inference/nvml/nvmltest"
	"github.com/seed-74198975/rsclip/internal/port"
)

// fault is something that is really broken, and the alerts that say so, each with
// the label that tells it from others of its name.
type fault struct {
	name   string
	alerts []string
	// begin makes the fault, and returns what ends it.
	begin func(t *testing.T) (end func())
}

// ofKubernetes are the alerts on what kube-state-metrics says, whose faults are
// made on a cluster.
var ofKubernetes = []string{"AutoscalerAtMaximum", "PodsRestarting", "PodsUnschedulable"}

// TestAlertsFireAndResolve makes the fault of each alert at a server of this
// machine, and looks in a real Prometheus how the alert fires, and how it resolves
// when the fault ends. The rules are those of the manifests, of which every time is
// shortened. It takes four minutes, so that RSCLIP_SLOW must be set.
func TestAlertsFireAndResolve(t *testing.T) {
	if os.Getenv("RSCLIP_SLOW") == "" {
		t.Skip("RSCLIP_SLOW is not set")
	}
	s := startAlerted(t)
	store := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(store.Close)
	s.start(t, strings.TrimPrefix(store.URL, "http://"))
	a := watchAlerts(t, fmt.Sprintf(`  - job_name: server
    static_configs: [{targets: ['%s'], labels: {namespace: git-rscilp, service: git-rscilp-service, pod: pod-1}}]
`, s.address), rulesOf(t, "service: {index: {claim: {name: archive}}}\nmonitoring: {healthAlerts: true, objectives: {}, maxIndexAgeHours: 1}", shortened))
	s.healthy(t)

	faults := []fault{
		{
			name: "requests whose time runs out",
			alerts: []string{
				"HighErrorRate", "HighLatency",
				"AvailabilityBudgetBurn 1h", "AvailabilityBudgetBurn 6h", "AvailabilityBudgetBurn 1d", "AvailabilityBudgetBurn 3d",
				"LatencyBudgetBurn 1h", "LatencyBudgetBurn 6h", "LatencyBudgetBurn 1d", "LatencyBudgetBurn 3d",
			},
			begin: func(t *testing.T) func() {
				return s.load(t, "/predict", func(n int) string {
					return fmt.Sprintf(`{"text": "river", "image_url": "%s/%d"}`, store.URL, n)
				}, "X-Request-Timeout-Seconds", "0.8")
			},
		},
		{
			name:   "searches whose time runs out",
			alerts: []string{"SearchFailing", "SearchBudgetBurn 1h", "SearchBudgetBurn 6h", "SearchBudgetBurn 1d", "SearchBudgetBurn 3d"},
			begin: func(t *testing.T) func() {
				return s.load(t, "/v1/search", func(n int) string {
					return fmt.Sprintf(`{"image_url": "%s/%d"}`, store.URL, n)
				}, "X-Request-Timeout-Seconds", "0.8")
			},
		},
		{
			name:   "an index with a broken file",
			alerts: []string{"IndexNotLoaded"},
			begin: func(t *testing.T) func() {
				broken := filepath.Join(s.index, "shard-000001.parquet")
				if err := os.WriteFile(broken, []byte("PAR1"), 0o600); err != nil {
					t.Fatal(err)
				}
				return func() { _ = os.Remove(broken) }
			},
		},
		{
			name:   "an index that is old",
			alerts: []string{"IndexStale"},
			begin: func(t *testing.T) func() {
				written := func(ago time.Duration) {
					if err := os.Chtimes(filepath.Join(s.index, "shard-000000.parquet"), time.Time{}, time.Now().Add(-ago)); err != nil {
						t.Fatal(err)
					}
				}
				written(2 * time.Hour)
				return func() { written(0) }
			},
		},
		{
			name: "more requests than there is room for",
			alerts: []string{
				"RequestsRefused", "QueueSaturated",
				"ServedBudgetBurn 1h", "ServedBudgetBurn 6h", "ServedBudgetBurn 1d", "ServedBudgetBurn 3d",
			},
			begin: func(t *testing.T) func() { return s.load(t, embeddings, texts(64)) },
		},
		{
			name:   "a GPU that is hot and full",
			alerts: []string{"GpuSlowedDown heat", "GpuMemoryNearlyFull"},
			begin: func(t *testing.T) func() {
				if err := os.WriteFile(s.hot, nil, 0o600); err != nil {
					t.Fatal(err)
				}
				return func() { _ = os.Remove(s.hot) }
			},
		},
		{
			name:   "a server that is gone",
			alerts: []string{"TargetMissing", "TargetDown"},
			begin: func(t *testing.T) func() {
				s.kill()
				return func() { s.start(t, strings.TrimPrefix(store.URL, "http://")) }
			},
		},
	}
	a.complete(t, faults)
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) { a.try(t, f) })
	}
}

// alerted is a server of this machine, with a stand-in for the driver of a GPU.
type alerted struct {
	program, model, index string
	folder                string
	address               string
	hot                   string // a file; while it is there, the GPU is hot and full
	process               *exec.Cmd
}

func startAlerted(t *testing.T) *alerted {
	t.Helper()
	folder := t.TempDir()
	s := &alerted{program: filepath.Join(folder, "rsclip"), model: filepath.Join(folder, "model"), index: filepath.Join(folder, "index"), folder: folder, hot: filepath.Join(folder, "hot")}
	output(t, "go", "build", "-o", s.program, "../inference")
	output(t, s.program, "export", "-checkpoint", "../inference/testdata/tiny-base", "-out", s.model, "-name", "tiny")
	output(t, s.program, "index", "-model", s.model, "-images", "../inference/testdata/geotiff/nodata.tif", "-tile", "16", "-out", s.index)
	reserved, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reserved.Release)
	s.address = fmt.Sprintf("127.0.0.1:%d", reserved.Number)
	t.Cleanup(s.kill)
	return s
}

// start starts the server, which may fetch from a host, and waits until it is ready.
// Its queues have little room.
func (s *alerted) start(t *testing.T, store string) {
	t.Helper()
	files := map[string]string{
		"app.yaml": fmt.Sprintf(`{server: {port: %s, drain_seconds: -1}, logging: {level: ERROR}, cache: {text_mib: -1}, fetch: {allowed_hosts: ['%s']}}`,
			s.address[strings.LastIndex(s.address, ":")+1:], store),
		"model.json": `{"device": "cuda", "allow_cpu_fallback": true, "max_queue_items": 32, "cpu": {"threads": 1}}`,
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(s.folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.process = exec.Command(s.program, "serve", "-address", "127.0.0.1", "-model", s.model, "-index", s.index,
		"-app-config", filepath.Join(s.folder, "app.yaml"), "-model-config", filepath.Join(s.folder, "model.json"))
	driver := nvmltest.Library(t, fmt.Sprintf("-DHOT=%q", s.hot))
	s.process.Env = append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Dir(driver))
	s.process.Stderr = os.Stderr
	s.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	waitForAnswer(t, "http://"+s.address+"/ready")
}

func (s *alerted) kill() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
		s.process = nil
	}
}

// healthy sends two requests a second until the test ends, whatever comes of them.
func (s *alerted) healthy(t *testing.T) {
	t.Helper()
	go func() {
		for n := 0; t.Context().Err() == nil; n++ {
			_, _, _ = call(t.Context(), http.DefaultClient, "http://"+s.address+embeddings, jsonType, []byte(texts(1)(n)))
			time.Sleep(500 * time.Millisecond)
		}
	}()
}

// load has clients send requests, each when its last is answered, until it is ended.
func (s *alerted) load(t *testing.T, path string, body func(n int) string, headers ...string) (end func()) {
	t.Helper()
	const clients = 32
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for client := range clients {
		group.Go(func() {
			for n := client; ctx.Err() == nil; n += clients {
				_, _, _ = call(ctx, http.DefaultClient, "http://"+s.address+path, jsonType, []byte(body(n)), headers...)
			}
		})
	}
	return func() { cancel(); group.Wait() }
}

// shortened are the times of the rules, and what stands for them in a test: in the
// same order, but near each other.
var shortened = map[string]string{
	"5m": "5s", "10m": "6s", "15m": "7s", "30m": "10s", "1h": "15s", "2h": "20s", "6h": "30s", "1d": "45s", "3d": "60s",
}

// inRules is where rules have a time: how long they look back, and for how long
// something must hold.
var inRules = regexp.MustCompile(`\[([0-9]+[mhd])\]|\bfor: ([0-9]+[mhd])\b`)

// rulesOf returns the rules of the manifests of some values, with other times.
func rulesOf(t *testing.T, values string, times map[string]string) []byte {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, "values.yaml")
	if err := os.WriteFile(file, []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	app, err := buildApp()
	if err != nil {
		t.Fatal(err)
	}
	output(t, app, "--values", file, "--outdir", folder)
	data, err := os.ReadFile(filepath.Join(folder, "0002-monitoring.k8s.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for document := range bytes.SplitSeq(data, []byte("\n---\n")) {
		var rule struct {
			Kind string         `json:"kind"`
			Spec map[string]any `json:"spec"`
		}
		if err := yaml.Unmarshal(document, &rule); err != nil {
			t.Fatal(err)
		}
		if rule.Kind != "PrometheusRule" {
			continue
		}
		rules, err := yaml.Marshal(rule.Spec)
		if err != nil {
			t.Fatal(err)
		}
		return inRules.ReplaceAllFunc(rules, func(found []byte) []byte {
			m := inRules.FindSubmatch(found)
			long := string(m[1]) + string(m[2])
			short, ok := times[long]
			if !ok {
				t.Fatalf("the rules have a time of %s: say what stands for it", long)
			}
			return bytes.Replace(found, []byte(long), []byte(short), 1)
		})
	}
	t.Fatal("the manifests have no rules")
	return nil
}

// alerts is a Prometheus of this machine that evaluates rules.
type alerts struct {
	url   string
	rules []byte
}

// watchAlerts starts a Prometheus that scrapes by some jobs and evaluates rules.
func watchAlerts(t *testing.T, jobs string, rules []byte) *alerts {
	t.Helper()
	program, err := exec.LookPath("prometheus")
	if err != nil {
		t.Fatalf("%v: run `make setup`, or install the Debian package prometheus", err)
	}
	folder := t.TempDir()
	config := "global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}\nrule_files: [rules.yaml]\nscrape_configs:\n" + jobs
	for name, content := range map[string][]byte{"prometheus.yml": []byte(config), "rules.yaml": rules} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	reserved, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reserved.Release)
	address := fmt.Sprintf("127.0.0.1:%d", reserved.Number)
	process := exec.Command(program, "--config.file="+filepath.Join(folder, "prometheus.yml"), "--storage.tsdb.path="+filepath.Join(folder, "data"),
		"--web.listen-address="+address, "--log.level=error")
	process.Stderr = os.Stderr
	process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = process.Process.Kill(); _ = process.Wait() })
	waitForAnswer(t, "http://"+address+"/-/ready")
	return &alerts{url: "http://" + address, rules: rules}
}

// told are the labels that tell alerts of one name apart.
var told = []string{"window", "reason"}

// complete holds the faults to the rules: each alert has one.
func (a *alerts) complete(t *testing.T, faults []fault) {
	t.Helper()
	var rules struct {
		Groups []struct {
			Rules []struct {
				Alert  string            `json:"alert"`
				Labels map[string]string `json:"labels"`
			} `json:"rules"`
		} `json:"groups"`
	}
	if err := yaml.Unmarshal(a.rules, &rules); err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, f := range faults {
		for _, alert := range f.alerts {
			said[alert] = true
		}
	}
	for _, group := range rules.Groups {
		for _, r := range group.Rules {
			name := nameOf(r.Alert, r.Labels)
			if r.Alert == "" || slices.Contains(ofKubernetes, r.Alert) || said[name] || said[r.Alert+" heat"] {
				continue
			}
			t.Errorf("%s has no fault that makes it fire", name)
		}
	}
}

func nameOf(alert string, labels map[string]string) string {
	for _, label := range told {
		if value := labels[label]; value != "" {
			alert += " " + value
		}
	}
	return alert
}

// firing returns the alerts that fire.
func (a *alerts) firing(t *testing.T) map[string]bool {
	t.Helper()
	var answer struct {
		Data struct {
			Alerts []struct {
				State  string
				Labels map[string]string
			}
		}
	}
	if err := fetch(t.Context(), a.url+"/api/v1/alerts", &answer); err != nil {
		t.Log(err) // A busy machine; the next look may see what this one could not.
		return nil
	}
	firing := map[string]bool{}
	for _, alert := range answer.Data.Alerts {
		if alert.State == "firing" {
			firing[nameOf(alert.Labels["alertname"], alert.Labels)] = true
		}
	}
	return firing
}

// try makes a fault until each of its alerts has fired, and ends it until none does.
func (a *alerts) try(t *testing.T, f fault) {
	began := time.Now()
	end := sync.OnceFunc(f.begin(t))
	defer end()
	fired := map[string]bool{}
	for deadline := time.Now().Add(5 * time.Minute); len(fired) < len(f.alerts); time.Sleep(250 * time.Millisecond) {
		firing := a.firing(t)
		for _, alert := range f.alerts {
			if firing[alert] {
				fired[alert] = true
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("in five minutes have fired only %q of %q", slices.Sorted(maps.Keys(fired)), f.alerts)
		}
	}
	t.Logf("all %d alerts fire after %.0f s", len(f.alerts), time.Since(began).Seconds())
	end()
	began = time.Now()
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(250 * time.Millisecond) {
		firing := a.firing(t)
		if firing != nil && !slices.ContainsFunc(f.alerts, func(alert string) bool { return firing[alert] }) {
			t.Logf("none does %.0f s after the fault", time.Since(began).Seconds())
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("five minutes after the fault fire still %v", slices.Sorted(maps.Keys(firing)))
		}
	}
}
