package constructs

import (
	"fmt"
	"strconv"

	"github.com/seed-74198975/rsclip/imports/monitoringcoreoscom"
)

// minRequestRate is the traffic, in requests per second over all pods, below
// which ratios and percentiles are of too few requests to alert on: six in the
// five minutes that the rules look at.
const minRequestRate = "0.02"

// alert is one alerting rule.
type alert struct {
	name, expr, severity string
	summary, description string
}

// rules returns the alerting rules. Both sides of every comparison are summed
// over the pods of the service, so that one bad pod among many weighs as much
// as the requests that it spoils, and the ratio of a series to itself is never
// taken. Without traffic no series passes the comparison and all are silent.
func (p RsclipMonitoringProps) rules() *[]*monitoringcoreoscom.PrometheusRuleSpecGroupsRules {
	service := p.Service.props
	selector := fmt.Sprintf("namespace=%q,service=%q", service.Namespace, service.Name+"-service")
	sum := func(by, series, more string) string {
		return fmt.Sprintf("sum by (%s) (rate(%s{%s%s}[5m]))", by, series, selector, more)
	}
	requests := sum("namespace, service", "http_requests_total", "")
	alerts := []alert{
		{
			name:     "HighErrorRate",
			severity: "critical",
			expr: fmt.Sprintf("%s\n/ %s\n> %s\nand %s > %s\n",
				sum("namespace, service", "http_requests_total", `,status=~"5.."`), requests,
				number(p.MaxErrorRatio), requests, minRequestRate),
			summary: fmt.Sprintf("%s answers more than %s of its requests with a server error.", service.Name, percent(p.MaxErrorRatio)),
			description: "{{ $value | humanizePercentage }} of the requests to {{ $labels.namespace }}/{{ $labels.service }} " +
				"in the last 5 minutes were answered with a status of 5xx.",
		},
		{
			name:     "HighLatency",
			severity: "warning",
			expr: fmt.Sprintf("histogram_quantile(0.95, %s)\n> %s\nand %s > %s\n",
				sum("namespace, service, le", "http_request_duration_seconds_bucket", ""),
				number(p.MaxLatencySeconds), requests, minRequestRate),
			summary: fmt.Sprintf("%s takes longer than %s s for more than 5%% of its requests.", service.Name, number(p.MaxLatencySeconds)),
			description: "95% of the requests to {{ $labels.namespace }}/{{ $labels.service }} in the last 5 minutes " +
				"were answered within {{ $value | humanizeDuration }} only.",
		},
	}
	rules := make([]*monitoringcoreoscom.PrometheusRuleSpecGroupsRules, len(alerts))
	for i, a := range alerts {
		rules[i] = &monitoringcoreoscom.PrometheusRuleSpecGroupsRules{
			Alert:       &a.name,
			Expr:        monitoringcoreoscom.PrometheusRuleSpecGroupsRulesExpr_FromString(&a.expr),
			For:         new("5m"),
			Labels:      &map[string]*string{"severity": &a.severity},
			Annotations: &map[string]*string{"summary": &a.summary, "description": &a.description},
		}
	}
	return &rules
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// percent writes a ratio as a percentage, rounded to what a reader needs.
func percent(ratio float64) string { return strconv.FormatFloat(ratio*100, 'g', 4, 64) + "%" }
