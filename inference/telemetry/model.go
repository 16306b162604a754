package telemetry

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-74198975/rsclip/inference/model"
)

// modelCollector reads the state of the model in force when it is scraped.
type modelCollector struct {
	current atomic.Pointer[watched]
}

type watched struct {
	model      *model.Model
	cacheBytes func() map[string]int
}

var (
	infoDesc        = prometheus.NewDesc("rsclip_model_info", "1, with the name, precision, device and revision of the model in force.", []string{"name", "precision", "device", "revision"}, nil)
	queueItems      = prometheus.NewDesc("rsclip_queue_items", "Items that wait for a tower.", []string{"tower"}, nil)
	queueBytes      = prometheus.NewDesc("rsclip_queue_bytes", "Bytes held by items that wait for a tower.", []string{"tower"}, nil)
	queueItemsLimit = prometheus.NewDesc("rsclip_queue_items_limit", "Most items that may wait for a tower.", []string{"tower"}, nil)
	queueBytesLimit = prometheus.NewDesc("rsclip_queue_bytes_limit", "Most bytes that items waiting for a tower may hold.", []string{"tower"}, nil)
	towerLost       = prometheus.NewDesc("rsclip_tower_lost", "1 from when a run of a tower and the probe behind it have failed until a run goes well.", []string{"tower"}, nil)
	cacheBytesDesc  = prometheus.NewDesc("rsclip_cache_bytes", "Bytes held by a cache.", []string{"cache"}, nil)
)

func (c *modelCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{infoDesc, queueItems, queueBytes, queueItemsLimit, queueBytesLimit, towerLost, cacheBytesDesc} {
		out <- d
	}
}

func (c *modelCollector) Collect(out chan<- prometheus.Metric) {
	w := c.current.Load()
	if w == nil {
		return
	}
	gauge := func(d *prometheus.Desc, value int, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(value), labels...)
	}
	d := w.model.Description()
	gauge(infoDesc, 1, d.Name, string(d.Precision), string(d.Device), d.Source.Revision)
	limits := w.model.QueueLimits()
	for _, t := range model.Towers {
		items, bytes := w.model.Depth(t)
		gauge(queueItems, items, string(t))
		gauge(queueBytes, bytes, string(t))
		gauge(queueItemsLimit, limits.Items, string(t))
		gauge(queueBytesLimit, limits.Bytes, string(t))
		lost := 0
		if w.model.Lost(t) != nil {
			lost = 1
		}
		gauge(towerLost, lost, string(t))
	}
	for cache, bytes := range w.cacheBytes() {
		gauge(cacheBytesDesc, bytes, cache)
	}
}

// Watch reports on a model, instead of the one before, and on its caches,
// whose sizes in bytes cacheBytes returns by name.
func (t *Telemetry) Watch(m *model.Model, cacheBytes func() map[string]int) {
	t.model.current.Store(&watched{model: m, cacheBytes: cacheBytes})
}
