package constructs

import "strings"

// counted are the requests that an objective is about.
type counted struct {
	name    string // in a sentence
	record  string // of their number, to which a window is added
	matcher string // what tells them from other requests
}

var (
	allRequests = counted{"requests", "namespace_service:http_requests:increase", ""}
	searches    = counted{"searches", "namespace_service:http_searches:increase", `,path="/v1/search"`}
)

// records returns the recording rules of objectives: the ratio of bad requests
// over every window that alerts look at, and the number of all over the long
// ones. They are recorded because rates over days are dear, and the dashboard
// asks for the same ones as the alerts.
func records(objectives []objective) []rule {
	var rules []rule
	add := func(o objective, record, query, window string) {
		rules = append(rules, rule{record: record + window, expr: o.matchers.Replace(strings.ReplaceAll(query, "WINDOW", window))})
	}
	for _, o := range objectives {
		for _, window := range burnRateWindows() {
			add(o, o.bad, o.ratio, window)
		}
	}
	done := map[counted]bool{}
	for _, o := range objectives {
		if done[o.of] {
			continue
		}
		done[o.of] = true
		for _, burn := range burnRates {
			add(o, o.of.record, "sum by (namespace, service) (increase(http_requests_total{<server>"+o.of.matcher+"}[WINDOW]))\n", burn.long)
		}
	}
	return rules
}
