package server_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/batch"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/telemetry"
)

// blank is a ResponseWriter that keeps nothing but the status.
type blank struct {
	header http.Header
	status int
}

func (b *blank) Header() http.Header         { return b.header }
func (b *blank) Write(p []byte) (int, error) { return len(p), nil }
func (b *blank) WriteHeader(status int)      { b.status = status }

// photograph is a JPEG of 600 x 600 pixels, as large as the model's training
// pictures are.
func photograph(b *testing.B) []byte {
	b.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 600, 600))
	for y := range 600 {
		for x := range 600 {
			m.Set(x, y, color.RGBA{uint8(x * y >> 4), uint8(x ^ y), uint8(x + 2*y), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, nil); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// loop runs a benchmark, and reports the processor's time of one turn beside the
// clock's, since a busy machine stretches only the latter.
func loop(b *testing.B, turn func(n int)) {
	b.Helper()
	start := processorTime(b)
	for n := 0; b.Loop(); n++ {
		turn(n)
	}
	b.ReportMetric(float64(processorTime(b)-start)/float64(b.N), "cpu-ns/op")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// requests are those that the benchmarks send: one after another, n of a kind.
func requests(b *testing.B) []kind {
	b.Helper()
	file := photograph(b)
	picture, contentType := form(b, []string{"a remote sensing image of river"}, file)
	inJSON := fmt.Appendf(nil, `{"modality": "image", "input": ["data:image/jpeg;base64,%s"]}`, base64.StdEncoding.EncodeToString(file))
	return []kind{
		{"text, known", "/v1/embeddings", "application/json", func(int) []byte { return []byte(`{"input": "a remote sensing image of river"}`) }},
		{"text, new", "/v1/embeddings", "application/json", func(n int) []byte { return fmt.Appendf(nil, `{"input": "a remote sensing image of river %d"}`, n) }},
		{"picture of 600 x 600", "/predict", contentType, func(int) []byte { return picture }},
		{"picture of 600 x 600, in JSON", "/v1/embeddings", "application/json", func(int) []byte { return inJSON }},
	}
}

type kind struct {
	name, path, contentType string
	body                    func(n int) []byte
}

// BenchmarkRequests is a request's way through the handlers and the tiny model,
// from its header to its answer, without a connection.
func BenchmarkRequests(b *testing.B) {
	handler := newBenchmarked(b).Handler()
	for _, k := range requests(b) {
		b.Run(k.name, func(b *testing.B) {
			b.ReportAllocs()
			loop(b, func(n int) {
				request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, k.path, io.NopCloser(bytes.NewReader(k.body(n))))
				if err != nil {
					b.Fatal(err)
				}
				request.Header.Set("Content-Type", k.contentType)
				w := &blank{header: http.Header{}, status: http.StatusOK}
				if handler.ServeHTTP(w, request); w.status != http.StatusOK {
					b.Fatalf("status %d", w.status)
				}
			})
		})
	}
}

// BenchmarkConnection is the same over one connection, with its client.
func BenchmarkConnection(b *testing.B) {
	h := httptest.NewServer(newBenchmarked(b).Handler())
	b.Cleanup(h.Close)
	for _, k := range requests(b) {
		b.Run(k.name, func(b *testing.B) {
			loop(b, func(n int) {
				response, err := http.Post(h.URL+k.path, k.contentType, bytes.NewReader(k.body(n)))
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, response.Body)
				if _ = response.Body.Close(); response.StatusCode != http.StatusOK {
					b.Fatalf("status %d", response.StatusCode)
				}
			})
		})
	}
}

func newBenchmarked(b *testing.B) *instance {
	b.Helper()
	return newServer(b, config.App{Logging: config.Logging{Level: "ERROR"}}, config.Model{CPU: &config.CPUOptions{Threads: 1}})
}

// BenchmarkTelemetry is all that telemetry does for the same requests: its
// share of their time is its cost. What is traced goes to a collector.
func BenchmarkTelemetry(b *testing.B) {
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	b.Cleanup(collector.Close)
	for _, ratio := range []float64{0, 0.01, 1} {
		app := config.App{}
		if ratio > 0 {
			app.Tracing = &config.Tracing{Endpoint: collector.URL, SampleRatio: ratio}
		}
		i := newServer(b, app, config.Model{})
		for _, k := range []struct {
			name, path, cache string
			stages            []telemetry.Stage
			towers            []model.Tower
		}{
			{"text, known", "/v1/embeddings", "hit", nil, nil},
			{"text, new", "/v1/embeddings", "miss", []telemetry.Stage{telemetry.Tokenize}, []model.Tower{model.Text}},
			{"picture of 600 x 600", "/predict", "hit", []telemetry.Stage{telemetry.Decode, telemetry.Preprocess}, []model.Tower{model.Vision}},
		} {
			b.Run(fmt.Sprintf("%s, %v traced", k.name, ratio), func(b *testing.B) {
				handler := i.Observe(k.path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					now := time.Now()
					for _, s := range k.stages {
						i.telemetry.Done(r.Context(), s, now, nil)
					}
					for _, t := range k.towers {
						i.telemetry.Batch(t, batch.Run{Started: now, Ended: now, Items: []batch.Item{{Context: r.Context(), Enqueued: now}}})
					}
					i.telemetry.Cache.WithLabelValues("text", k.cache).Inc()
					w.WriteHeader(http.StatusOK)
				}))
				request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, k.path, nil)
				if err != nil {
					b.Fatal(err)
				}
				w := &blank{header: http.Header{}}
				b.ReportAllocs()
				loop(b, func(int) { handler.ServeHTTP(w, request) })
			})
		}
	}
}
