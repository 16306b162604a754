package telemetry

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-74198975/rsclip/inference/search"
)

// indexCollector reads the state of the index in force when it is scraped.
type indexCollector struct {
	current atomic.Pointer[watchedIndex]
}

type watchedIndex struct {
	index *search.Index
	since time.Time
}

var (
	indexTiles   = prometheus.NewDesc("rsclip_index_tiles", "Tiles of the index in force.", nil, nil)
	indexFiles   = prometheus.NewDesc("rsclip_index_files", "Tables of the index in force, those of all its parts together.", nil, nil)
	indexBytes   = prometheus.NewDesc("rsclip_index_vector_bytes", "Bytes of the files of vectors of the index in force. Searches read a fifth of them, and a few rows.", nil, nil)
	indexWritten = prometheus.NewDesc("rsclip_index_written_timestamp_seconds", "When the newest table of the index in force was written, in seconds since 1970.", nil, nil)
	indexSince   = prometheus.NewDesc("rsclip_index_opened_timestamp_seconds", "When the index in force began to answer, in seconds since 1970.", nil, nil)
)

func (c *indexCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{indexTiles, indexFiles, indexBytes, indexWritten, indexSince} {
		out <- d
	}
}

func (c *indexCollector) Collect(out chan<- prometheus.Metric) {
	w := c.current.Load()
	if w == nil {
		return
	}
	gauge := func(d *prometheus.Desc, value float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
	seconds := func(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
	var written time.Time
	for _, f := range w.index.Files() {
		if f.ModTime.After(written) {
			written = f.ModTime
		}
	}
	gauge(indexTiles, float64(w.index.Len()))
	gauge(indexFiles, float64(len(w.index.Files())))
	gauge(indexBytes, float64(w.index.VectorBytes()))
	gauge(indexWritten, seconds(written))
	gauge(indexSince, seconds(w.since))
}

// WatchIndex reports on an index from now on, instead of the one before, and on its
// scans; on none if it is nil. It is called before the first search.
func (t *Telemetry) WatchIndex(x *search.Index) {
	if x == nil {
		t.index.current.Store(nil)
		return
	}
	x.Observe = func(ctx context.Context, s search.Scan) {
		t.Done(ctx, Scan, s.Started, nil)
		t.scanQueries.Observe(s.Queries)
	}
	t.index.current.Store(&watchedIndex{x, time.Now()})
}
