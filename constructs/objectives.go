package constructs

import (
	"fmt"
	"slices"
	"strings"
)

// Objectives are what the service promises over 30 days. What may miss them is
// the budget; alerts fire where it is spent so fast that it would not last.
type Objectives struct {
	// Availability is the ratio of requests, 0.94 to less than 1, that the
	// server must not fail. It fails those that it answers with 5xx: by a fault of
	// its own, by not being ready, and by letting their time run out. Default 0.99.
	Availability float64 `json:"availability,omitempty" zero:"at least 0.94 and below 1"`
	// Served is the ratio of requests, 0.94 to less than 1, that must not be refused
	// for want of room (429). Default 0.95.
	Served float64 `json:"served,omitempty" zero:"at least 0.94 and below 1"`
	// Latency is the ratio of requests, 0.94 to less than 1, that must be
	// answered within LatencySeconds. Refused requests are not among them: they are
	// answered at once, whatever the others wait. Default 0.95.
	Latency float64 `json:"latency,omitempty" zero:"at least 0.94 and below 1"`
	// LatencySeconds is the time within which requests are to be answered. It
	// must be a bound of the server's histogram. Default 0.2.
	LatencySeconds float64 `json:"latencySeconds,omitempty" zero:"a bound of the histogram, such as 0.2"`
	// Search is the ratio of searches, 0.94 to less than 1, that must be answered
	// within SearchSeconds, if the service has an index. They count as requests, too.
	// Default 0.95.
	Search float64 `json:"search,omitempty" zero:"at least 0.94 and below 1"`
	// SearchSeconds is the time within which searches are to be answered, as
	// LatencySeconds. Default 0.5.
	SearchSeconds float64 `json:"searchSeconds,omitempty" zero:"a bound of the histogram, such as 0.5"`
}

// leastObjective leaves a budget that the fastest of the burn windows can
// outspend: with a larger one 14.4 times the budget is more than all requests,
// and the alert could never fire.
const leastObjective = 0.94

// latencyBounds are the bounds of http_request_duration_seconds, in seconds.
// How many requests took less is known at these only.
var latencyBounds = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30}

func (o *Objectives) withDefaults() *Objectives {
	if o == nil {
		return nil
	}
	d := *o
	setDefault(&d.Availability, 0.99)
	setDefault(&d.Served, 0.95)
	setDefault(&d.Latency, 0.95)
	setDefault(&d.LatencySeconds, 0.2)
	setDefault(&d.Search, 0.95)
	setDefault(&d.SearchSeconds, 0.5)
	return &d
}

func (o *Objectives) check(c *check) {
	if o == nil {
		return
	}
	for _, ratio := range []struct {
		field string
		value float64
	}{{"objectives.availability", o.Availability}, {"objectives.served", o.Served}, {"objectives.latency", o.Latency}, {"objectives.search", o.Search}} {
		if !(ratio.value >= leastObjective && ratio.value < 1) {
			c.add(ratio.field, ratio.value, fmt.Sprintf("a ratio of at least %v and below 1", leastObjective), "write 99 % as 0.99")
		}
	}
	for _, bound := range []struct {
		field string
		value float64
	}{{"objectives.latencySeconds", o.LatencySeconds}, {"objectives.searchSeconds", o.SearchSeconds}} {
		if !slices.Contains(latencyBounds, bound.value) {
			bounds := make([]string, len(latencyBounds))
			for i, bound := range latencyBounds {
				bounds[i] = number(bound)
			}
			c.add(bound.field, bound.value, "a bound of the server's histogram: "+strings.Join(bounds, ", "),
				"choose one of these, in seconds: 200 ms is 0.2")
		}
	}
}

// objective is one promise: how it is measured, and what to do where it breaks.
type objective struct {
	name    string // in the alerts' label objective
	of      counted
	alert   string
	budget  float64 // the ratio of requests that may be bad
	bad     string  // the recorded ratio of bad requests, to which a window is added
	ratio   string  // what is recorded, over WINDOW
	missed  string  // what bad requests are, in a sentence's end
	runbook string

	matchers *strings.Replacer
}

// statusRatio counts requests by their status: 5xx as HighErrorRate does, which are
// the server's failures alone, and 429. The last operand makes the ratio 0, not
// absent, where there was none yet.
const statusRatio = `sum by (namespace, service) (
  rate(http_requests_total{<server>,status=~"%s"}[WINDOW])
  or 0 * rate(http_requests_total{<server>}[WINDOW])
)
/ (sum by (namespace, service) (rate(http_requests_total{<server>}[WINDOW])) > 0)
`

// slowRatio counts what was answered late, of the requests that a matcher tells. It
// includes the time that a picture's origin took.
const slowRatio = `1 - sum by (namespace, service) (rate(http_request_duration_seconds_bucket{<server>%[1]s,%[2]s}[WINDOW]))
/ (sum by (namespace, service) (rate(http_request_duration_seconds_count{<server>%[1]s}[WINDOW])) > 0)
`

// objectives returns the promises of the props.
func (p RsclipMonitoringProps) objectives() []objective {
	service, matchers := p.Service.props, p.matchers("")
	logs := fmt.Sprintf("kubectl -n %s logs deployment/%s-deployment", service.Namespace, service.Name)
	all := []objective{
		{
			name: "availability", of: allRequests, alert: "AvailabilityBudgetBurn", budget: 1 - p.Objectives.Availability,
			bad: "namespace_service:http_requests_unavailable:ratio_rate", ratio: fmt.Sprintf(statusRatio, "5.."),
			missed: "failed by the server",
			runbook: "Look at the statuses on the dashboard or in http_requests_total. 500: the log names the cause of each (" + logs +
				"). 503: pods that load, drain or are not ready (kubectl -n " + service.Namespace + " get pods). " +
				"504: too little capacity, so scale up. Where it began with a rollout: kubectl -n " + service.Namespace +
				" rollout undo deployment/" + service.Name + "-deployment.",
			matchers: matchers,
		},
		{
			name: "served", of: allRequests, alert: "ServedBudgetBurn", budget: 1 - p.Objectives.Served,
			bad: "namespace_service:http_requests_refused:ratio_rate", ratio: fmt.Sprintf(statusRatio, "429"),
			missed:   "refused for want of room",
			runbook:  refusedRunbook,
			matchers: matchers,
		},
		{
			name: "latency", of: allRequests, alert: "LatencyBudgetBurn", budget: 1 - p.Objectives.Latency,
			bad: "namespace_service:http_requests_slow:ratio_rate", ratio: fmt.Sprintf(slowRatio, "", bucket(p.Objectives.LatencySeconds)),
			missed: "not answered within " + number(p.Objectives.LatencySeconds) + " s",
			runbook: "Find the slow stage in rsclip_stage_duration_seconds. queue: too little capacity, so raise the autoscaler's maximum. " +
				"fetch: the pictures' origins, which callers must mend. decode and preprocess: raise server.workers or the CPU limit. " +
				"infer: look for another tenant of the GPU, its clocks and its temperature.",
			matchers: matchers,
		},
	}
	if !service.Index.isThere() {
		return all
	}
	return append(all, objective{
		name: "search", of: searches, alert: "SearchBudgetBurn", budget: 1 - p.Objectives.Search,
		bad: "namespace_service:http_searches_slow:ratio_rate", ratio: fmt.Sprintf(slowRatio, searches.matcher, bucket(p.Objectives.SearchSeconds)),
		missed: "not answered within " + number(p.Objectives.SearchSeconds) + " s",
		runbook: "Find the slow stage in rsclip_stage_duration_seconds. scan: the vectors (rsclip_index_vector_bytes) do not fit into the node's memory beside all else, " +
			"or other pods want its cores; give the pods more of both, or move the tiles to a search engine. search without scan: an engine's own monitoring says why. " +
			"queue and infer: the text or picture that is looked for waits for the model, so add pods.",
		matchers: matchers,
	})
}

// bucket matches the histogram's bucket of a bound. Prometheus 3 writes a whole
// number with its decimal place, as OpenMetrics does; older ones leave it.
func bucket(bound float64) string {
	text := number(bound)
	if strings.Contains(text, ".") {
		return fmt.Sprintf("le=%q", text)
	}
	return fmt.Sprintf("le=~%q", text+"|"+text+"[.]0")
}
