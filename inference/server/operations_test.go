package server_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/nvml/nvmltest"
	"github.com/seed-74198975/rsclip/inference/server"
)

var update = flag.Bool("update", false, "rewrite testdata/metrics.txt")

func scrape(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func wantMetrics(t *testing.T, url string, lines ...string) {
	t.Helper()
	metrics := scrape(t, url)
	for _, line := range lines {
		if !strings.Contains(metrics, line) {
			name, _, _ := strings.Cut(line, "{")
			t.Errorf("metrics lack %q; there is %v", line, regexp.MustCompile("(?m)^"+name+".*$").FindAllString(metrics, 5))
		}
	}
}

func refusal(t *testing.T, url string, body any) (status int, code, retryAfter string) {
	data, err := jsonBody(body)
	if err != nil {
		t.Error(err)
		return 0, "", ""
	}
	response, err := http.Post(url, "application/json", data)
	if err != nil {
		t.Error(err)
		return 0, "", ""
	}
	defer func() { _ = response.Body.Close() }()
	answer, _ := io.ReadAll(response.Body)
	found := regexp.MustCompile(`"error":\{"code":"([a-z_]+)"`).FindSubmatch(answer)
	if found != nil {
		code = string(found[1])
	}
	return response.StatusCode, code, response.Header.Get("Retry-After")
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{})
	send := func(timeout string) (int, reply) {
		body, contentType := form(t, []string{"river"}, readPicture(t, "one-pixel.png"))
		request, err := http.NewRequest(http.MethodPost, url+"/predict", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", contentType)
		request.Header.Set("X-Request-Timeout-Seconds", timeout)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		return readReply(t, response)
	}
	for timeout, want := range map[string]struct {
		status int
		code   string
	}{
		"0.000000001": {504, "deadline_exceeded"},
		"600":         {200, ""},
		"1e9":         {200, ""}, // cut to the server's own
		"0":           {400, "invalid_request"},
		"-1":          {400, "invalid_request"},
		"soon":        {400, "invalid_request"},
		"NaN":         {400, "invalid_request"},
		"Inf":         {400, "invalid_request"},
	} {
		if status, r := send(timeout); status != want.status || r.Error.Code != want.code {
			t.Errorf("%s seconds: status %d, %+v", timeout, status, r.Error)
		}
	}
	wantMetrics(t, url, `rsclip_refusals_total{reason="deadline_exceeded"} 1`)
}

// TestCallersThatLeave lets a fetch hang until its caller has left.
func TestCallersThatLeave(t *testing.T) {
	t.Parallel()
	reached, left := make(chan struct{}, 1), make(chan struct{}, 1)
	origin := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached <- struct{}{}
		<-r.Context().Done()
		left <- struct{}{}
	}))
	t.Cleanup(origin.Close)
	url := start(t, config.App{Fetch: &config.Fetch{AllowedHosts: []string{origin.Listener.Addr().String()}}})
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/predict", strings.NewReader(`{"text": "a", "image_url": "`+origin.URL+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	go func() {
		<-reached
		cancel()
	}()
	if response, err := http.DefaultClient.Do(request); err == nil {
		_ = response.Body.Close()
		t.Fatal("answered a caller that had left")
	}
	<-left // The fetch was called off.
	for !strings.Contains(scrape(t, url), `http_requests_total{method="POST",path="/predict",status="499"} 1`) {
		time.Sleep(time.Millisecond)
	}
}

func TestCaches(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{Cache: &config.Cache{ImageMiB: 1}})
	picture := inlinePicture(t, "one-pixel.png")
	var first reply
	for n := range 3 {
		_, r := post(t, url+"/predict", "application/json", []byte(`{"text": "river", "image": "`+picture+`"}`))
		if n == 0 {
			first = r
		} else if string(r.Logit) != string(first.Logit) {
			t.Errorf("logit %s from the caches, %s before", r.Logit, first.Logit)
		}
	}
	wantMetrics(t, url,
		`rsclip_cache_requests_total{cache="text",result="miss"} 1`, `rsclip_cache_requests_total{cache="text",result="hit"} 2`,
		`rsclip_cache_requests_total{cache="image",result="miss"} 1`, `rsclip_cache_requests_total{cache="image",result="hit"} 2`,
		`rsclip_stage_duration_seconds_count{stage="decode",tower="vision"} 1`, `rsclip_stage_duration_seconds_count{stage="tokenize",tower="text"} 1`)
}

// TestEqualWorkIsShared asks for one URL many times while its origin waits.
func TestEqualWorkIsShared(t *testing.T) {
	t.Parallel()
	const callers = 10
	var mu sync.Mutex
	fetches, release := 0, make(chan struct{})
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		fetches++
		mu.Unlock()
		<-release
		_, _ = w.Write(readPicture(t, "one-pixel.png"))
	}))
	t.Cleanup(origin.Close)
	url := start(t, config.App{Fetch: &config.Fetch{AllowedHosts: []string{origin.Listener.Addr().String()}}})
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			if status, code, _ := refusal(t, url+"/predict", object{"text": "a", "image_url": origin.URL}); status != 200 {
				t.Errorf("status %d, %s", status, code)
			}
		})
	}
	for !strings.Contains(scrape(t, url), fmt.Sprintf(`rsclip_cache_requests_total{cache="url",result="shared"} %d`, callers-1)) {
		time.Sleep(time.Millisecond)
	}
	close(release)
	group.Wait()
	if fetches != 1 {
		t.Errorf("%d fetches for %d equal requests at the same time", fetches, callers)
	}
}

// TestAModelIsSwappedWithoutAFailedRequest swaps models under load.
func TestAModelIsSwappedWithoutAFailedRequest(t *testing.T) {
	t.Parallel()
	i := newServer(t, config.App{Cache: &config.Cache{TextMiB: -1}}, config.Model{})
	url := serve(t, i)
	ctx, stop := context.WithCancel(t.Context())
	var answered [8]atomic.Int64
	var group sync.WaitGroup
	for n := range answered {
		group.Go(func() {
			for ctx.Err() == nil {
				if status, code, _ := refusal(t, url+"/v1/embeddings", object{"input": []string{"river", "bridge"}}); status != 200 {
					t.Errorf("status %d, %s", status, code)
					stop()
				}
				answered[n].Add(1)
			}
		})
	}
	for range 5 {
		var before [len(answered)]int64
		for n := range answered {
			before[n] = answered[n].Load()
		}
		i.SetModel(openTiny(t, config.Model{}, i.telemetry), nil)
		for n := range answered { // One that was under way, and one that began after.
			for answered[n].Load() < before[n]+2 && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
		}
	}
	stop()
	group.Wait()
}

// certificate writes a self-signed certificate for 127.0.0.1 and its key.
func certificate(t *testing.T, dir, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{"key.pem": {Type: "PRIVATE KEY", Bytes: private}, "cert.pem": {Type: "CERTIFICATE", Bytes: der}} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTLSAndAMetricsPort serves HTTPS, rotates its certificate, and has metrics
// on a port of their own.
func TestTLSAndAMetricsPort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certificate(t, dir, "first")
	i := newServer(t, config.App{Server: config.Server{
		DrainSeconds: -1, MetricsPort: 9090,
		TLS: &config.TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")},
	}}, config.Model{})
	var l server.Listeners
	for _, into := range []*net.Listener{&l.API, &l.Metrics} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*into = listener
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- i.Serve(ctx, l) }()
	name := func() string {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		response, err := (&http.Client{Transport: transport}).Get("https://" + l.API.Addr().String() + "/v1/model")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode != http.StatusOK || response.ProtoMajor != 2 {
			t.Errorf("status %d over HTTP/%d", response.StatusCode, response.ProtoMajor)
		}
		return response.TLS.PeerCertificates[0].Subject.CommonName
	}
	if got := name(); got != "first" {
		t.Errorf("certificate of %q", got)
	}
	certificate(t, dir, "second")
	for deadline := time.Now().Add(patience); name() != "second"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the rotated certificate never came into force")
		}
	}
	metrics := "http://" + l.Metrics.Addr().String()
	wantMetrics(t, metrics, "rsclip_ready 1")
	for path, want := range map[string]int{"/health": 200, "/ready": 200, "/v1/model": 404} {
		response, err := http.Get(metrics + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("%s on the port of metrics: status %d, want %d", path, response.StatusCode, want)
		}
	}
	api := httptest.NewServer(i.Handler())
	t.Cleanup(api.Close)
	response, err := http.Get(api.URL + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("metrics on the API's port, too: status %d", response.StatusCode)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestTraces receives what the server sends to a collector: a request with its
// stages in the caller's trace, and a batch that is linked to it.
func TestTraces(t *testing.T) {
	t.Parallel()
	const trace = "0af7651916cd43dd8448eb211c80319c"
	sent := traced(t, 0, func(t *testing.T, i *instance) { // 0 is the default.
		body, contentType := form(t, []string{"river"}, readPicture(t, "one-pixel.png"))
		request, err := http.NewRequest(http.MethodPost, serve(t, i)+"/predict", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", contentType)
		request.Header.Set("Traceparent", "00-"+trace+"-b7ad6b7169203331-01")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	})
	spans := map[string][]string{} // traces by the name of a span
	links := 0
	for _, span := range sent {
		spans[span.GetName()] = append(spans[span.GetName()], hex.EncodeToString(span.GetTraceId()))
		if span.GetName() != "batch" {
			continue
		}
		for _, link := range span.GetLinks() {
			if hex.EncodeToString(link.GetTraceId()) == trace {
				links++
			}
		}
	}
	for _, name := range []string{"POST /predict", "decode", "preprocess", "tokenize", "queue", "infer"} {
		if !slices.Contains(spans[name], trace) {
			t.Errorf("no span %q in the caller's trace; there are %v", name, spans)
		}
	}
	if links != 2 {
		t.Errorf("%d batches are linked to the request, want one of each tower", links)
	}
}

// TestMetricsOfEveryKind keeps testdata/metrics.txt, by which the dashboard's
// and the alerts' queries are checked, the same as what the server exports.
func TestMetricsOfEveryKind(t *testing.T) {
	t.Parallel()
	i := newServer(t, config.App{Cache: &config.Cache{ImageMiB: 1}}, config.Model{})
	watchGPUs(t, i)
	setIndex(t, i)
	url := serve(t, i)
	good := inlinePicture(t, "one-pixel.png")
	for _, body := range []string{
		`{"text": "river", "image": "` + good + `"}`, `{"text": "river", "image": "` + good + `"}`,
		`{"text": "river", "image_url": "http://127.0.0.1/"}`, `{`,
	} {
		post(t, url+"/predict", "application/json", []byte(body))
	}
	names := func(metrics string) []string {
		found := regexp.MustCompile(`(?m)^# TYPE ((?:rsclip|http)_\S+ \S+)$`).FindAllStringSubmatch(metrics, -1)
		var out []string
		for _, f := range found {
			out = append(out, f[1])
		}
		return out
	}
	metrics := scrape(t, url)
	const path = "testdata/metrics.txt"
	if *update {
		if err := os.WriteFile(path, []byte(metrics), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := names(metrics), names(string(kept)); !slices.Equal(got, want) || len(got) < 15 {
		t.Errorf("%s is out of date: go test ./inference/server -update\nexported %q\nkept     %q", path, got, want)
	}
}

// watchGPUs has the metrics report on the GPU of a stand-in for NVML.
func watchGPUs(t *testing.T, i *instance) {
	t.Helper()
	if err := i.telemetry.WatchGPUs(nvmltest.Library(t)); err != nil {
		t.Fatal(err)
	}
}

// TestGPUs has the metrics of a GPU, of one that does not tell its power, as a
// MIG slice does, and none where there is no NVML.
func TestGPUs(t *testing.T) {
	t.Parallel()
	i := newServer(t, config.App{}, config.Model{})
	watchGPUs(t, i)
	url := serve(t, i)
	wantMetrics(t, url, `rsclip_gpu_utilization_ratio{gpu="0"} 0.37`, `rsclip_gpu_power_watts{gpu="0"} 250.5`,
		`rsclip_gpu_memory_total_bytes{gpu="0"} 8.589934592e+10`, `rsclip_gpu_memory_used_bytes{gpu="0"} 2.147483648e+10`,
		`rsclip_gpu_energy_joules_total{gpu="0"} 7200.5`, `rsclip_gpu_throttled{gpu="0",reason="heat"} 1`, `rsclip_gpu_throttled{gpu="0",reason="power_cap"} 0`)

	i = newServer(t, config.App{}, config.Model{})
	if err := i.telemetry.WatchGPUs(nvmltest.Library(t, "-DTELLS=3")); err != nil {
		t.Fatal(err)
	}
	metrics := scrape(t, serve(t, i))
	if !strings.Contains(metrics, "rsclip_gpu_memory_total_bytes{") || strings.Contains(metrics, "rsclip_gpu_energy") || strings.Contains(metrics, "rsclip_gpu_throttled") || strings.Contains(metrics, "rsclip_gpu_power_watts{") || strings.Contains(metrics, "rsclip_gpu_utilization_ratio{") {
		t.Errorf("of a device that does not tell: %s", regexp.MustCompile("(?m)^rsclip_gpu.*$").FindAllString(metrics, -1))
	}

	i = newServer(t, config.App{}, config.Model{})
	if err := i.telemetry.WatchGPUs(nvmltest.Library(t, "-DINIT=9")); err == nil || strings.Contains(scrape(t, serve(t, i)), "rsclip_gpu") {
		t.Errorf("without NVML: %v", err)
	}
}

// TestTheDocumentDescribesTheRoutes asks every path of /openapi.json for its
// methods, and the routes for what the document lacks.
func TestTheDocumentDescribesTheRoutes(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{})
	_, document := get[struct {
		Paths map[string]map[string]any
	}](t, url+"/openapi.json")
	described := map[string]bool{}
	for path, methods := range document.Paths {
		for method := range methods {
			described[strings.ToUpper(method)+" "+path] = true
		}
	}
	for _, route := range server.Routes() {
		if !described[route] {
			t.Errorf("the document lacks %s", route)
		}
		delete(described, route)
	}
	if len(described) > 0 {
		t.Errorf("the document has %v, and the server does not", described)
	}
}
