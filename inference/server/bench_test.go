package server_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
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

// BenchmarkRequests is a request's way through the handlers and the tiny model,
// from its header to its answer, without a connection.
func BenchmarkRequests(b *testing.B) {
	i := newServer(b, config.App{Logging: config.Logging{Level: "ERROR"}}, config.Model{CPU: &config.CPUOptions{Threads: 1}})
	handler := i.Handler()
	picture, contentType := form(b, []string{"a remote sensing image of river"}, photograph(b))
	for _, bb := range []struct {
		name, path, contentType string
		body                    func(n int) []byte
	}{
		{"text, known", "/v1/embeddings", "application/json", func(int) []byte { return []byte(`{"input": "a remote sensing image of river"}`) }},
		{"text, new", "/v1/embeddings", "application/json", func(n int) []byte { return fmt.Appendf(nil, `{"input": "a remote sensing image of river %d"}`, n) }},
		{"picture of 600 x 600", "/predict", contentType, func(int) []byte { return picture }},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, bb.path, io.NopCloser(bytes.NewReader(bb.body(n))))
				if err != nil {
					b.Fatal(err)
				}
				request.Header.Set("Content-Type", bb.contentType)
				w := &blank{header: http.Header{}, status: http.StatusOK}
				if handler.ServeHTTP(w, request); w.status != http.StatusOK {
					b.Fatalf("status %d", w.status)
				}
			}
		})
	}
}

// BenchmarkTelemetry is all that telemetry does for a request with a text and a
// picture: its share of the time of a request is its cost.
func BenchmarkTelemetry(b *testing.B) {
	for name, tracing := range map[string]*config.Tracing{
		"metrics":                           nil,
		"metrics, and traces of 1 in 100":   {Endpoint: "http://127.0.0.1:1", SampleRatio: 0.01},
		"metrics, and traces of every call": {Endpoint: "http://127.0.0.1:1", SampleRatio: 1},
	} {
		b.Run(name, func(b *testing.B) {
			tracer, flush, err := telemetry.NewTracer(b.Context(), tracing, "test")
			if err != nil {
				b.Fatal(err)
			}
			t := telemetry.New("test", tracer)
			b.ReportAllocs()
			for b.Loop() {
				ctx, span := t.Start(b.Context(), "POST /predict")
				now := time.Now()
				t.InFlight.Inc()
				for _, stage := range []telemetry.Stage{telemetry.Tokenize, telemetry.Decode, telemetry.Preprocess} {
					t.Done(ctx, stage, now)
				}
				for _, tower := range model.Towers {
					t.Batch(tower, batch.Run{Started: now, Ended: now, Items: []batch.Item{{Context: ctx, Enqueued: now}}})
				}
				t.Cache.WithLabelValues("text", "miss").Inc()
				t.InFlight.Dec()
				t.Requests.WithLabelValues("POST", "/predict", "200").Inc()
				t.Duration.WithLabelValues("POST", "/predict").Observe(time.Since(now).Seconds())
				span.End()
			}
			// What cannot be delivered is dropped; the benchmark ends without it.
			ended, cancel := context.WithCancel(context.Background())
			cancel()
			_ = flush(ended)
		})
	}
}
