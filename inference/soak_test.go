package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/inference/loadgen"
	"github.com/seed-74198975/rsclip/internal/plot"
)

// watched are what a leak would show in, by their units in the plot.
var watched = []struct {
	metric, title string
	unit, slack   float64 // what a steady server may gain, in units
}{
	{"process_resident_memory_bytes", "resident memory, MiB", 1 << 20, 24},
	{"process_open_fds", "file descriptors", 1, 16},
	{"go_goroutines", "goroutines", 1, 32},
}

// TestSoak puts a mixed load on the server: texts, pictures, broken pictures,
// wrong requests, callers that leave, and bodies that come in slowly. Nothing
// but the intended failures may happen, and nothing may grow. RSCLIP_SOAK is
// the number of requests or a time, such as 200000 or 30m; RSCLIP_SOAK_PLOT a
// file for the plot.
func TestSoak(t *testing.T) {
	bound := os.Getenv("RSCLIP_SOAK")
	if bound == "" {
		t.Skip("RSCLIP_SOAK is not set: make soak")
	}
	plan := loadgen.Plan{Arrivals: loadgen.Closed, Clients: 16, Duration: 2 * time.Hour, Timeout: 30 * time.Second}
	var err error
	if plan.Requests, err = strconv.Atoi(bound); err != nil {
		plan.Requests = 0
		if plan.Duration, err = time.ParseDuration(bound); err != nil {
			t.Fatalf("RSCLIP_SOAK is %q: want a number of requests or a time such as 30m", bound)
		}
	}
	url, stop := soaked(t)
	start := time.Now()
	times, values := []float64{}, make([][]float64, len(watched))
	sample := func() {
		for i, v := range gauges(t, url) {
			values[i] = append(values[i], v/watched[i].unit)
		}
		times = append(times, time.Since(start).Seconds())
	}
	sampling, done := context.WithCancel(t.Context())
	sampled := make(chan struct{})
	go func() {
		defer close(sampled)
		for sampling.Err() == nil {
			sample()
			time.Sleep(time.Second)
		}
	}()
	report, err := loadgen.Run(t.Context(), plan, soakSender(t, url))
	if err != nil {
		t.Fatal(err)
	}
	done()
	<-sampled
	var printed bytes.Buffer
	if err := report.Print(&printed); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", printed.String())
	if report.Failed() != 0 {
		t.Errorf("%d requests failed", report.Failed())
	}
	var panels []plot.Panel
	for i, w := range watched {
		panels = append(panels, plot.Panel{Title: w.title, Series: []plot.Series{{Times: times, Values: values[i]}}})
		n := len(values[i])
		early, late := median(values[i][n/4:n/2]), median(values[i][3*n/4:])
		t.Logf("%s: median %.1f in the second quarter, %.1f in the last", w.title, early, late)
		if late > early+w.slack {
			t.Errorf("%s: grew from %.1f to %.1f", w.title, early, late)
		}
	}
	if file := os.Getenv("RSCLIP_SOAK_PLOT"); file != "" {
		title := fmt.Sprintf("%d requests, %.0f a second: texts, pictures, broken ones, wrong requests, callers that leave, slow bodies", report.Requests, report.PerSecond)
		if err := os.WriteFile(file, []byte(plot.SVG(title, panels, nil)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stop()
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// soaked starts the server as a process of its own. Its caches are small, so
// that they are full early.
func soaked(t *testing.T) (url string, stop func()) {
	t.Helper()
	dir := t.TempDir()
	program, folder, app := filepath.Join(dir, "rsclip"), filepath.Join(dir, "model"), filepath.Join(dir, "app.yaml")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := export.Run(t.Context(), export.Options{Checkpoint: "testdata/tiny-base", Out: folder, Progress: func(string) {}}); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	settings := fmt.Sprintf("server: {port: %d, drain_seconds: -1}\ncache: {text_mib: 2}\nlogging: {level: ERROR}\n", port)
	if err := os.WriteFile(app, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	server := exec.CommandContext(t.Context(), program, "serve", "-model", folder, "-device", "cpu", "-address", "127.0.0.1", "-app-config", app)
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	url = fmt.Sprintf("http://127.0.0.1:%d", port)
	become(t, url+"/ready", http.StatusOK)
	return url, func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		if err := server.Wait(); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	}
}

// gauges reads what is watched.
func gauges(t *testing.T, url string) []float64 {
	t.Helper()
	response, err := http.Get(url + "/metrics")
	if err != nil {
		t.Error(err)
		return make([]float64, len(watched))
	}
	defer func() { _ = response.Body.Close() }()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		t.Error(err)
	}
	var out []float64
	for _, w := range watched {
		out = append(out, families[w.metric].GetMetric()[0].GetGauge().GetValue())
	}
	return out
}

// slowBody hands out a byte, waits, and hands out the rest.
type slowBody struct {
	io.Reader
	begun bool
}

func (s *slowBody) Read(p []byte) (int, error) {
	if !s.begun {
		s.begun = true
		return s.Reader.Read(p[:1])
	}
	time.Sleep(20 * time.Millisecond)
	return s.Reader.Read(p)
}

// soakSender sends one of several kinds of requests in turn, and knows what
// each should come to.
func soakSender(t *testing.T, url string) loadgen.Send {
	t.Helper()
	picture, err := os.ReadFile("testdata/pictures/narrow.png")
	if err != nil {
		t.Fatal(err)
	}
	form := func(file []byte) (string, []byte) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		_ = w.WriteField("text", "a remote sensing image of river")
		part, _ := w.CreateFormFile("image", "picture")
		_, _ = part.Write(file)
		_ = w.Close()
		return w.FormDataContentType(), b.Bytes()
	}
	pictureType, pictureForm := form(picture)
	brokenType, brokenForm := form(picture[:len(picture)/2])
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	return func(ctx context.Context, n int) string {
		path, contentType, want := "/v1/embeddings", "application/json", http.StatusOK
		text := []byte(fmt.Sprintf(`{"input": "a remote sensing image of river %d"}`, n))
		body := io.Reader(bytes.NewReader(text))
		leaves := false
		switch n % 20 {
		case 0, 1, 2, 3:
			path, contentType, body = "/predict", pictureType, bytes.NewReader(pictureForm)
		case 4:
			path, contentType, body, want = "/predict", brokenType, bytes.NewReader(brokenForm), http.StatusUnprocessableEntity
		case 5:
			body, want = bytes.NewReader(text[:len(text)-1]), http.StatusBadRequest
		case 6:
			leaves = true
		case 7:
			body = &slowBody{Reader: body}
		}
		if leaves {
			var leave context.CancelFunc
			ctx, leave = context.WithTimeout(ctx, time.Duration(n%7)*200*time.Microsecond)
			defer leave()
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+path, body)
		if err != nil {
			return "no request"
		}
		request.Header.Set("Content-Type", contentType)
		response, err := client.Do(request)
		if err != nil {
			if leaves {
				return loadgen.OK
			}
			return "connection failed"
		}
		defer func() { _ = response.Body.Close() }()
		if _, err := io.Copy(io.Discard, response.Body); err != nil && !leaves {
			return "answer cut off"
		}
		if response.StatusCode != want {
			return fmt.Sprintf("status %d, want %d", response.StatusCode, want)
		}
		return loadgen.OK
	}
}
