package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-74198975/rsclip/inference/budget"
)

var (
	budgetBytes   = prometheus.NewDesc("rsclip_budget_bytes", "Memory that requests hold, by what for: bodies, answers, files that were fetched, and pictures.", []string{"share"}, nil)
	budgetLimit   = prometheus.NewDesc("rsclip_budget_bytes_limit", "Most memory that requests may hold, by what for.", []string{"share"}, nil)
	budgetWaiting = prometheus.NewDesc("rsclip_budget_waiting", "Items and requests that wait for memory, by what for.", []string{"share"}, nil)
	budgetRefused = prometheus.NewDesc("rsclip_budget_refused_total", "Items and requests refused for want of memory, by what for.", []string{"share"}, nil)
)

// budgetCollector reads the state of a budget when it is scraped.
type budgetCollector struct{ budget *budget.Budget }

func (c budgetCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{budgetBytes, budgetLimit, budgetWaiting, budgetRefused} {
		out <- d
	}
}

func (c budgetCollector) Collect(out chan<- prometheus.Metric) {
	for _, share := range c.budget.Shares() {
		s := share.State()
		out <- prometheus.MustNewConstMetric(budgetBytes, prometheus.GaugeValue, float64(s.Held), share.Name)
		out <- prometheus.MustNewConstMetric(budgetLimit, prometheus.GaugeValue, float64(s.Limit), share.Name)
		out <- prometheus.MustNewConstMetric(budgetWaiting, prometheus.GaugeValue, float64(s.Waiting), share.Name)
		out <- prometheus.MustNewConstMetric(budgetRefused, prometheus.CounterValue, float64(s.Refused), share.Name)
	}
}

// WatchBudget reports on a budget.
func (t *Telemetry) WatchBudget(b *budget.Budget) { t.Registry.MustRegister(budgetCollector{b}) }
