package constructs

import "strings"

// requestsRecord is the recorded number of requests, to which a window is added.
const requestsRecord = "namespace_service:http_requests:increase"

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
	for _, burn := range burnRates {
		add(objectives[0], requestsRecord, "sum by (namespace, service) (increase(http_requests_total{<server>}[WINDOW]))\n", burn.long)
	}
	return rules
}
