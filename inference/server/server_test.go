package server_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/inference/server"
	"github.com/seed-74198975/rsclip/inference/telemetry"
	"github.com/seed-74198975/rsclip/internal/leakcheck"
)

const testdata = "../testdata"

// tinyFolder is the tiny-base checkpoint, exported once.
var tinyFolder = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "rsclip-test-")
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "model")
	return out, export.Run(context.Background(), export.Options{
		Checkpoint: filepath.Join(testdata, "tiny-base"), Out: out, Name: "tiny", Progress: func(string) {},
	})
})

// TestMain fails where a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	leakcheck.Main(m, func() { // What the tests share.
		if dir, err := tinyFolder(); err == nil {
			_ = os.RemoveAll(filepath.Dir(dir))
		}
		http.DefaultClient.CloseIdleConnections()
	})
}

// patience is how long a test waits, on a machine however busy, for what must
// come.
const patience = 2 * time.Minute

type scores struct {
	Texts          []string
	Pictures       []string
	LogitsPerImage [][]float64 `json:"logits_per_image"`
	Probabilities  [][]float64
}

func goldens(t *testing.T) scores {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testdata, "golden/scores-tiny-base.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s scores
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func readPicture(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testdata, "pictures", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestScoresEqualTheReference asks for every text and picture of the goldens,
// by every way in.
func TestScoresEqualTheReference(t *testing.T) {
	t.Parallel()
	g := goldens(t)
	files := http.FileServer(http.Dir(filepath.Join(testdata, "pictures")))
	store := httptest.NewServer(files)
	t.Cleanup(store.Close)
	url := start(t, config.App{Fetch: &config.Fetch{AllowedHosts: []string{strings.TrimPrefix(store.URL, "http://")}}})

	var inline, dataURLs, urls []string
	var raw [][]byte
	for _, p := range g.Pictures {
		data := readPicture(t, p)
		raw = append(raw, data)
		inline = append(inline, base64.StdEncoding.EncodeToString(data))
		dataURLs = append(dataURLs, "data:image/whatever;base64,"+inline[len(inline)-1])
		urls = append(urls, store.URL+"/"+p)
	}
	asJSON := func(field string, value any) (body []byte, contentType string) {
		body, err := json.Marshal(map[string]any{"texts": g.Texts, field: value})
		if err != nil {
			t.Fatal(err)
		}
		return body, "application/json"
	}
	tests := map[string]func() ([]byte, string){
		"base64":       func() ([]byte, string) { return asJSON("images", inline) },
		"data URLs":    func() ([]byte, string) { return asJSON("images", dataURLs) },
		"fetched URLs": func() ([]byte, string) { return asJSON("image_urls", urls) },
		"multipart":    func() ([]byte, string) { return form(t, g.Texts, raw...) },
	}
	for name, make := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, contentType := make()
			status, r := post(t, url+"/predict", contentType, body)
			if status != http.StatusOK || len(r.Errors) > 0 {
				t.Fatalf("status %d, %+v %+v", status, r.Error, r.Errors)
			}
			logits, probabilities := number[[][]float64](t, r.Logit), number[[][]float64](t, r.Probability)
			for i := range g.Pictures {
				for j := range g.Texts {
					if d := math.Abs(logits[i][j] - g.LogitsPerImage[i][j]); !(d <= 1e-4) {
						t.Errorf("%s, %q: logit %v, the reference %v", g.Pictures[i], g.Texts[j], logits[i][j], g.LogitsPerImage[i][j])
					}
					if d := math.Abs(probabilities[i][j] - g.Probabilities[i][j]); !(d <= 1e-4) {
						t.Errorf("%s, %q: probability %v, the reference %v", g.Pictures[i], g.Texts[j], probabilities[i][j], g.Probabilities[i][j])
					}
				}
			}
			// The last text of the goldens is too long for the model.
			if len(r.TruncatedTexts) != 1 || r.TruncatedTexts[0] != len(g.Texts)-1 {
				t.Errorf("truncated_texts %v, want the last alone", r.TruncatedTexts)
			}
		})
	}
}

func TestOnePairAnswersNumbers(t *testing.T) {
	t.Parallel()
	g := goldens(t)
	url := start(t, config.App{})
	body, contentType := form(t, g.Texts[:1], readPicture(t, g.Pictures[0]))
	status, r := post(t, url+"/predict", contentType, body)
	if status != http.StatusOK || r.Model != "tiny" || r.Truncated {
		t.Fatalf("status %d, %+v", status, r)
	}
	if logit := number[float64](t, r.Logit); math.Abs(logit-g.LogitsPerImage[0][0]) > 1e-4 {
		t.Errorf("logit %v, want %v", logit, g.LogitsPerImage[0][0])
	}
}

func TestABadPictureFailsAlone(t *testing.T) {
	t.Parallel()
	g := goldens(t)
	url := start(t, config.App{})
	good := readPicture(t, g.Pictures[0])
	body, contentType := form(t, g.Texts[:2], good, good[:len(good)/2], []byte("<html>"), good)
	status, r := post(t, url+"/predict", contentType, body)
	if status != http.StatusOK || len(r.Errors) != 2 {
		t.Fatalf("status %d, %+v", status, r.Errors)
	}
	if r.Errors[0].Image != 1 || r.Errors[0].Code != "image_corrupt" || r.Errors[1].Image != 2 || r.Errors[1].Code != "image_unsupported" {
		t.Errorf("errors %+v", r.Errors)
	}
	rows := number[[][]float64](t, r.Logit)
	if len(rows) != 4 || rows[1] != nil || rows[2] != nil || len(rows[0]) != 2 || len(rows[3]) != 2 {
		t.Errorf("rows %v", rows)
	}
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{Fetch: &config.Fetch{AllowedHosts: []string{"127.0.0.1:1"}}}) + "/predict"
	pixel := base64.StdEncoding.EncodeToString(readPicture(t, "one-pixel.png"))
	jpeg := readPicture(t, "delta-420.jpg")
	cut := base64.StdEncoding.EncodeToString(jpeg[:len(jpeg)/2])
	list := func(n int) string { return `["` + strings.Repeat(`a","`, n-1) + `a"]` }
	tests := []struct {
		name, body string
		status     int
		code       string
	}{
		{"empty body", ``, 400, "invalid_json"},
		{"not JSON", `text=river`, 400, "invalid_json"},
		{"cut off", `{"text": "riv`, 400, "invalid_json"},
		{"array", `[]`, 400, "invalid_json"},
		{"unknown key", `{"text": "a", "image": "` + pixel + `", "top_k": 3}`, 400, "invalid_json"},
		{"key twice", `{"text": "a", "text": "b", "image": "` + pixel + `"}`, 400, "invalid_json"},
		{"wrong type", `{"text": 7, "image": "` + pixel + `"}`, 400, "invalid_json"},
		{"no text", `{"image": "` + pixel + `"}`, 400, "invalid_request"},
		{"no image", `{"text": "a"}`, 400, "invalid_request"},
		{"text and texts", `{"text": "a", "texts": ["b"], "image": "` + pixel + `"}`, 400, "invalid_request"},
		{"image and image_url", `{"text": "a", "image": "` + pixel + `", "image_url": "https://example.com/"}`, 400, "invalid_request"},
		{"no texts", `{"texts": [], "image": "` + pixel + `"}`, 400, "invalid_request"},
		{"too many texts", `{"texts": ` + list(1001) + `, "image": "` + pixel + `"}`, 400, "invalid_request"},
		{"long text", `{"text": "` + strings.Repeat("a", 300_000) + `", "image": "` + pixel + `"}`, 400, "invalid_request"},
		{"image is no base64", `{"text": "a", "image": "%%%"}`, 400, "invalid_image"},
		{"image is empty", `{"text": "a", "image": ""}`, 400, "invalid_image"},
		{"data URL without base64", `{"text": "a", "image": "data:image/png,abc"}`, 400, "invalid_image"},
		{"no picture", `{"text": "a", "image": "aGVsbG8gd29ybGQ="}`, 415, "image_unsupported"},
		{"cut picture", `{"text": "a", "image": "` + cut + `"}`, 422, "image_corrupt"},
		{"empty URL", `{"text": "a", "image_url": ""}`, 400, "invalid_request"},
		{"file URL", `{"text": "a", "image_url": "file:///etc/passwd"}`, 400, "unsupported_scheme"},
		{"metadata URL", `{"text": "a", "image_url": "http://169.254.169.254/latest/"}`, 400, "forbidden_address"},
		{"loopback URL", `{"text": "a", "image_url": "http://127.0.0.1/a.jpg"}`, 400, "forbidden_address"},
		{"nobody there", `{"text": "a", "image_url": "http://127.0.0.1:1/a.jpg"}`, 424, "connect_failed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			status, r := post(t, url, "application/json", []byte(tt.body))
			if status != tt.status || r.Error.Code != tt.code || r.Error.Message == "" {
				t.Errorf("status %d, %+v, want %d and %s", status, r.Error, tt.status, tt.code)
			}
		})
	}
	t.Run("content type", func(t *testing.T) {
		t.Parallel()
		if status, r := post(t, url, "text/plain", []byte("{}")); status != 415 || r.Error.Code != "unsupported_media_type" {
			t.Errorf("status %d, %+v", status, r.Error)
		}
	})
	t.Run("multipart with another part", func(t *testing.T) {
		t.Parallel()
		body, contentType := form(t, []string{"a"}, []byte("x"))
		body = bytes.Replace(body, []byte(`name="image"`), []byte(`name="photo"`), 1)
		if status, r := post(t, url, contentType, body); status != 400 || r.Error.Code != "invalid_multipart" {
			t.Errorf("status %d, %+v", status, r.Error)
		}
	})
	t.Run("multipart with another boundary", func(t *testing.T) {
		t.Parallel()
		body, _ := form(t, []string{"a"}, []byte("x"))
		if status, r := post(t, url, "multipart/form-data; boundary=other", body); status != 400 || r.Error.Code != "invalid_multipart" || !strings.Contains(r.Error.Message, "boundary") {
			t.Errorf("status %d, %+v", status, r.Error)
		}
	})
	t.Run("multipart without parts", func(t *testing.T) {
		t.Parallel()
		if status, r := post(t, url, "multipart/form-data; boundary=b", []byte("--b--\r\n")); status != 400 || !strings.Contains(r.Error.Message, "there are no texts") {
			t.Errorf("status %d, %+v", status, r.Error)
		}
	})
	t.Run("body too large", func(t *testing.T) {
		t.Parallel()
		body := `{"text": "a", "image": "` + strings.Repeat("A", 33<<20) + `"}`
		if status, r := post(t, url, "application/json", []byte(body)); status != 413 || r.Error.Code != "body_too_large" {
			t.Errorf("status %d, %+v", status, r.Error)
		}
	})
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{})
	for _, tt := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/health", 200, ""},
		{"GET", "/ready", 200, ""},
		{"GET", "/v1/model", 200, ""},
		{"GET", "/predict", 405, "method_not_allowed"},
		{"POST", "/v1/model", 405, "method_not_allowed"},
		{"GET", "/nothing", 404, "not_found"},
		{"GET", "/predict/more", 404, "not_found"},
	} {
		request, err := http.NewRequest(tt.method, url+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if status, r := readReply(t, response); status != tt.status || r.Error.Code != tt.code {
			t.Errorf("%s %s: status %d, %+v", tt.method, tt.path, status, r.Error)
		}
	}
}

func TestNotReadyBeforeTheModel(t *testing.T) {
	t.Parallel()
	s, err := server.New(config.DefaultApp(), slog.New(slog.DiscardHandler), telemetry.New("test", noop.NewTracerProvider().Tracer("")))
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s.Handler())
	t.Cleanup(h.Close)
	for path, want := range map[string]int{"/health": 200, "/ready": 503, "/v1/model": 503} {
		response, err := http.Get(h.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		if status, _ := readReply(t, response); status != want {
			t.Errorf("%s: status %d, want %d", path, status, want)
		}
	}
	status, r := post(t, h.URL+"/predict", "application/json", []byte(`{}`))
	if status != 503 || r.Error.Code != "not_ready" {
		t.Errorf("status %d, %+v", status, r.Error)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{})
	body, contentType := form(t, []string{"river"}, readPicture(t, "one-pixel.png"))
	post(t, url+"/predict", contentType, body)
	post(t, url+"/predict", "application/json", []byte("{"))
	post(t, url+"/unknown/"+strings.Repeat("x", 50), "application/json", nil)
	response, err := http.Get(url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`http_requests_total{method="POST",path="/predict",status="200"} 1`,
		`http_requests_total{method="POST",path="/predict",status="400"} 1`,
		`http_requests_total{method="POST",path="other",status="404"} 1`,
		`http_requests_total{method="POST",path="/v1/rank",status="200"} 0`,
		`http_request_duration_seconds_bucket{method="POST",path="/predict",le="0.2"}`,
		`http_request_duration_seconds_bucket{method="POST",path="/predict",le="0.5"}`,
		`http_request_duration_seconds_count{method="POST",path="/predict"} 1`, // The refused one is not among them.
		`rsclip_ready 1`,
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if strings.Contains(string(data), "/health") || strings.Contains(string(data), "xxxx") {
		t.Error("metrics count probes, or paths that a caller made up")
	}
}

// TestDrain sends requests while the server is told to end: it is not ready,
// finishes what it has accepted and refuses the rest, and ends by itself. What
// it does in the drain delay, TestSignals sees, which has it for as long as it
// needs.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := newServer(t, config.App{Server: config.Server{DrainSeconds: 1}}, config.Model{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, server.Listeners{API: listener}) }()
	predict := func() (status int, code string, closes bool) {
		body, contentType := form(t, []string{"river"}, readPicture(t, "one-pixel.png"))
		response, err := http.Post(url+"/predict", contentType, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		closes = response.Close
		status, r := readReply(t, response)
		return status, r.Error.Code, closes
	}
	if status, code, closes := predict(); status != http.StatusOK || closes {
		t.Fatalf("before the end: status %d, code %q, the connection closes: %v", status, code, closes)
	}
	// One whose body is still to come.
	body, rest := io.Pipe()
	accepted := make(chan int, 1)
	go func() {
		response, err := http.Post(url+"/v1/embeddings", "application/json", body)
		if err != nil {
			t.Error(err)
			accepted <- 0
			return
		}
		_ = response.Body.Close()
		accepted <- response.StatusCode
	}()
	for !strings.Contains(scrape(t, url), "http_requests_in_flight 1") {
		time.Sleep(time.Millisecond)
	}
	stop()
	until(t, url+"/ready", http.StatusServiceUnavailable, "shutting_down")
	if status, code, closes := predict(); status != http.StatusServiceUnavailable || code != "shutting_down" || !closes {
		t.Errorf("after the drain delay: status %d, code %q, the connection closes: %v", status, code, closes)
	}
	select {
	case err := <-ended:
		t.Fatalf("the server ended before it had answered what it had accepted: %v", err)
	default:
	}
	_, _ = io.WriteString(rest, `{"input": "river"}`)
	_ = rest.Close()
	if status := <-accepted; status != http.StatusOK {
		t.Errorf("what was accepted before: status %d", status)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve returned %v", err)
	}
	if _, err := http.Get(url + "/health"); err == nil {
		t.Error("the server still answers after its end")
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{})
	for given, kept := range map[string]bool{"abc-123": true, "": false, "two words": false, strings.Repeat("x", 65): false} {
		request, err := http.NewRequest(http.MethodGet, url+"/health", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("X-Request-Id", given)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if got := response.Header.Get("X-Request-Id"); got == "" || (got == given) != kept {
			t.Errorf("id %q came back as %q", given, got)
		}
	}
}
