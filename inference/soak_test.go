package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/seed-74198975/rsclip/inference/loadgen"
	"github.com/seed-74198975/rsclip/internal/timeplot"
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
	// Small caches are full early.
	server := start(t, exported(t), "server: {drain_seconds: -1}\ncache: {text_mib: 2}\nlogging: {level: ERROR}\n").ready(t)
	url := server.url
	began := time.Now()
	times, values := []float64{}, make([][]float64, len(watched))
	sample := func() {
		for i, v := range gauges(t, url) {
			values[i] = append(values[i], v/watched[i].unit)
		}
		times = append(times, time.Since(began).Seconds())
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
	var panels []timeplot.Panel
	for i, w := range watched {
		panels = append(panels, timeplot.Panel{Title: w.title, Series: []timeplot.Series{{Times: times, Values: values[i]}}})
		n := len(values[i])
		early, late := median(values[i][n/4:n/2]), median(values[i][3*n/4:])
		t.Logf("%s: median %.1f in the second quarter, %.1f in the last", w.title, early, late)
		if late > early+w.slack {
			t.Errorf("%s: grew from %.1f to %.1f", w.title, early, late)
		}
	}
	if file := os.Getenv("RSCLIP_SOAK_PLOT"); file != "" {
		title := fmt.Sprintf("%d requests, %.0f a second: texts, pictures, broken ones, wrong requests, callers that leave, slow bodies", report.Requests, report.PerSecond)
		if err := os.WriteFile(file, []byte(timeplot.SVG(title, panels, nil)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	server.stop(t)
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
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
