// Package telemetry counts, times and traces what the server does.
package telemetry

import (
	"context"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-74198975/rsclip/inference/batch"
	"github.com/seed-74198975/rsclip/inference/model"
)

// Stage is a step that items or requests go through, with the tower it is for.
type Stage struct {
	Name  string
	Tower model.Tower
}

// The stages.
var (
	Fetch       = Stage{"fetch", model.Vision}
	Decode      = Stage{"decode", model.Vision}
	Preprocess  = Stage{"preprocess", model.Vision}
	Tokenize    = Stage{"tokenize", model.Text}
	QueueText   = Stage{"queue", model.Text}
	QueueVision = Stage{"queue", model.Vision}
	InferText   = Stage{"infer", model.Text}
	InferVision = Stage{"infer", model.Vision}
	Search      = Stage{"search", ""} // of an index or an engine, once a request
	Scan        = Stage{"scan", ""}   // of all tiles of an index, once a search
)

var stages = []Stage{Fetch, Decode, Preprocess, Tokenize, QueueText, QueueVision, InferText, InferVision, Search, Scan}

// Buckets in seconds. 0.2 and 0.5 are bounds that the objectives and alerts ask
// about, so they must be bucket bounds to be answered exactly. Stages begin
// with the microseconds that tokenizing takes.
var (
	requestBuckets = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30}
	stageBuckets   = []float64{0.00001, 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30}
	batchBuckets   = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}
	scanBuckets    = []float64{1, 2, 4, 8, 16, 32, 64}
)

// Telemetry holds the metrics, which are registered with Registry, and the
// tracer. Its methods may be called at the same time.
type Telemetry struct {
	Registry *prometheus.Registry
	Version  string // of the server

	Requests    *prometheus.CounterVec   // method, path, status
	Duration    *prometheus.HistogramVec // method, path
	InFlight    prometheus.Gauge
	Refusals    *prometheus.CounterVec // reason
	Keys        *prometheus.CounterVec // key
	ItemErrors  *prometheus.CounterVec // code
	FetchErrors *prometheus.CounterVec // code
	Cache       *prometheus.CounterVec // cache, result
	Reloads     *prometheus.CounterVec // result
	Reindexes   *prometheus.CounterVec // result

	stages      map[Stage]prometheus.Observer
	batch       map[model.Tower]prometheus.Observer
	scanQueries prometheus.Histogram
	model       modelCollector
	index       indexCollector
	tracer      trace.Tracer
}

// New makes the metrics of a server of the given version. The tracer may be
// that of no provider, which costs nothing.
func New(version string, tracer trace.Tracer) *Telemetry {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	t := &Telemetry{
		Registry: prometheus.NewRegistry(),
		Version:  version,
		Requests: counter("http_requests_total", "API requests answered, by method, route and status. Probes and scrapes are not counted.", "method", "path", "status"),
		Duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Time from an API request's header to the end of its answer, by method and route. Refused requests (4xx and 503) are left out.", Buckets: requestBuckets,
		}, []string{"method", "path"}),
		InFlight:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "http_requests_in_flight", Help: "API requests being answered now."}),
		Refusals:    counter("rsclip_refusals_total", "API requests refused or given up, by the code of the answer: overloaded, deadline_exceeded, client_closed_request, unauthorized and others.", "reason"),
		Keys:        counter("rsclip_key_requests_total", "API requests that carried an API key in force, by the key's name.", "key"),
		ItemErrors:  counter("rsclip_item_errors_total", "Texts and pictures that failed in requests that were answered, by the code of the error.", "code"),
		FetchErrors: counter("rsclip_fetch_errors_total", "Pictures that could not be fetched, by the code of the error.", "code"),
		Cache:       counter("rsclip_cache_requests_total", "Look-ups in the caches of texts, images and fetched URLs: hit, miss, or shared with equal work under way.", "cache", "result"),
		Reloads:     counter("rsclip_model_reloads_total", "Model folders loaded beside a serving one, by result: ok or failed.", "result"),
		Reindexes:   counter("rsclip_index_reloads_total", "Changed indexes opened beside a serving one, by result: ok or failed. A failed one is tried again every five seconds.", "result"),
		scanQueries: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "rsclip_scan_queries", Help: "Searches that have shared a scan of the index, on average over the scan.", Buckets: scanBuckets}),
		stages:      make(map[Stage]prometheus.Observer),
		batch:       make(map[model.Tower]prometheus.Observer),
		tracer:      tracer,
	}
	stage := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "rsclip_stage_duration_seconds", Help: "Time of one item in each stage; infer is the time of the item's whole batch.", Buckets: stageBuckets,
	}, []string{"stage", "tower"})
	for _, s := range stages {
		t.stages[s] = stage.WithLabelValues(s.Name, string(s.Tower))
	}
	size := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "rsclip_batch_size", Help: "Items in one run of a tower.", Buckets: batchBuckets}, []string{"tower"})
	for _, tower := range model.Towers {
		t.batch[tower] = size.WithLabelValues(string(tower))
	}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "rsclip_build_info", Help: "1, with the versions of the server, Go and ONNX Runtime."}, []string{"version", "goversion", "onnxruntime"})
	build.WithLabelValues(version, runtime.Version(), model.RuntimeVersion()).Set(1)
	// Series that alerts ask about are there from the start, as 0.
	for _, reason := range []string{"overloaded", "deadline_exceeded", "client_closed_request", "engine_unavailable", "engine_failed"} {
		t.Refusals.WithLabelValues(reason)
	}
	t.ItemErrors.WithLabelValues("embedding_not_finite")
	for _, result := range []string{"ok", "failed"} {
		t.Reloads.WithLabelValues(result)
		t.Reindexes.WithLabelValues(result)
	}
	t.Registry.MustRegister(t.Requests, t.Duration, t.InFlight, t.Refusals, t.Keys, t.ItemErrors, t.FetchErrors, t.Cache, t.Reloads, t.Reindexes, stage, size, t.scanQueries, build, &t.model, &t.index,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return t
}

// WatchReady reports whether the server is ready.
func (t *Telemetry) WatchReady(ready func() bool) {
	t.Registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "rsclip_ready", Help: "1 while the server wants traffic, as /ready says: model loaded and warmed up, towers that compute, no overload, and not draining."}, func() float64 {
		if ready() {
			return 1
		}
		return 0
	}))
}

// Done records that a stage of the request of ctx, begun at start, has ended, by an
// error if there is one.
func (t *Telemetry) Done(ctx context.Context, s Stage, start time.Time, err error) {
	now := time.Now()
	t.stages[s].Observe(now.Sub(start).Seconds())
	t.span(ctx, s, start, now, err)
}

// Batch records a run of a tower. It is what [model.Open] takes.
func (t *Telemetry) Batch(tower model.Tower, r batch.Run) {
	t.batch[tower].Observe(float64(len(r.Items)))
	queue, infer := t.stages[Stage{"queue", tower}], t.stages[Stage{"infer", tower}]
	for _, item := range r.Items {
		queue.Observe(r.Started.Sub(item.Enqueued).Seconds())
		infer.Observe(r.Ended.Sub(r.Started).Seconds())
	}
	t.traceBatch(tower, r)
}
