package constructs

import (
	"fmt"
	"strings"

	"github.com/seed-74198975/rsclip/imports/monitoringcoreoscom"
)

// The severities of alerts.
const (
	critical = "critical" // somebody is called
	warning  = "warning"  // somebody looks on the next working day
)

// ruleGroup is a list of rules that are evaluated one after the other.
type ruleGroup struct {
	name  string
	rules []rule
}

// rule is one recording rule, or one alerting rule.
type rule struct {
	record string // the series to record; empty for an alert
	alert  string
	expr   string
	hold   string // how long expr must hold before the alert fires; empty: not at all

	severity string
	labels   map[string]string // beside the severity

	summary, description string
	// runbook says what to look at and what to do. It is empty for the alerts that
	// are always there.
	runbook string
}

// groups returns all rules that the props ask for.
func (p RsclipMonitoringProps) groups() []ruleGroup {
	groups := []ruleGroup{{"rules", p.callerAlerts()}}
	if p.Objectives != nil {
		objectives := p.objectives()
		rules := records(objectives)
		for _, o := range objectives {
			rules = append(rules, o.alerts()...)
		}
		groups = append(groups, ruleGroup{"objectives", rules})
	}
	if p.HealthAlerts {
		groups = append(groups, ruleGroup{"health", p.healthAlerts()})
	}
	if rules := p.searchAlerts(); len(rules) > 0 {
		groups = append(groups, ruleGroup{"search", rules})
	}
	return groups
}

// ofService has rules look at the service, and their runbooks at its namespace.
func (p RsclipMonitoringProps) ofService(rules []rule) []rule {
	matchers := p.matchers("")
	for i := range rules {
		rules[i].expr = matchers.Replace(rules[i].expr)
		rules[i].runbook = strings.ReplaceAll(rules[i].runbook, "kubectl", "kubectl -n "+p.Service.props.Namespace)
	}
	return rules
}

// callerAlerts returns the two alerts that are always there, on what callers feel:
// errors and waiting. Both sides of every comparison are summed over the pods of
// the service, so that one bad pod among many weighs as much as the requests that
// it spoils, and the ratio of a series to itself is never taken. Without traffic
// no series passes the comparison and all are silent.
func (p RsclipMonitoringProps) callerAlerts() []rule {
	name, selector := p.Service.props.Name, p.selector()
	sum := func(by, series, more string) string {
		return fmt.Sprintf("sum by (%s) (rate(%s{%s%s}[5m]))", by, series, selector, more)
	}
	requests := sum("namespace, service", "http_requests_total", "")
	return []rule{
		{
			alert:    "HighErrorRate",
			severity: critical,
			hold:     "5m",
			expr: fmt.Sprintf("%s\n/ %s\n> %s\nand %s > %s\n",
				sum("namespace, service", "http_requests_total", `,status=~"5.."`), requests,
				number(p.MaxErrorRatio), requests, minRequestRate),
			summary: fmt.Sprintf("%s answers more than %s of its requests with a server error.", name, percent(p.MaxErrorRatio)),
			description: "{{ $value | humanizePercentage }} of the requests to {{ $labels.namespace }}/{{ $labels.service }} " +
				"in the last 5 minutes were answered with a status of 5xx.",
		},
		{
			alert:    "HighLatency",
			severity: warning,
			hold:     "5m",
			expr: fmt.Sprintf("histogram_quantile(0.95, %s)\n> %s\nand %s > %s\n",
				sum("namespace, service, le", "http_request_duration_seconds_bucket", ""),
				number(p.MaxLatencySeconds), requests, minRequestRate),
			summary: fmt.Sprintf("%s takes longer than %s s for more than 5%% of its requests.", name, number(p.MaxLatencySeconds)),
			description: "95% of the requests to {{ $labels.namespace }}/{{ $labels.service }} in the last 5 minutes " +
				"were answered within {{ $value | humanizeDuration }} only.",
		},
	}
}

// renderGroups returns the groups as a PrometheusRule has them, their names made
// distinct by the service's.
func (p RsclipMonitoringProps) renderGroups(service string, groups []ruleGroup) *[]*monitoringcoreoscom.PrometheusRuleSpecGroups {
	rendered := make([]*monitoringcoreoscom.PrometheusRuleSpecGroups, len(groups))
	for i, group := range groups {
		rules := make([]*monitoringcoreoscom.PrometheusRuleSpecGroupsRules, len(group.rules))
		for j, r := range group.rules {
			rules[j] = p.render(r)
		}
		rendered[i] = &monitoringcoreoscom.PrometheusRuleSpecGroups{Name: new(service + "." + group.name), Rules: &rules}
	}
	return &rendered
}

func (p RsclipMonitoringProps) render(r rule) *monitoringcoreoscom.PrometheusRuleSpecGroupsRules {
	rendered := &monitoringcoreoscom.PrometheusRuleSpecGroupsRules{
		Expr: monitoringcoreoscom.PrometheusRuleSpecGroupsRulesExpr_FromString(&r.expr),
	}
	if r.record != "" {
		rendered.Record = &r.record
		return rendered
	}
	rendered.Alert = &r.alert
	if r.hold != "" {
		rendered.For = &r.hold
	}
	labels := map[string]*string{"severity": &r.severity}
	for key, value := range p.AlertLabels {
		labels[key] = &value
	}
	for key, value := range r.labels {
		labels[key] = &value
	}
	rendered.Labels = &labels
	annotations := map[string]*string{"summary": &r.summary, "description": &r.description}
	if r.runbook != "" {
		annotations["runbook"] = &r.runbook
	}
	if p.RunbookURL != "" {
		annotations["runbook_url"] = new(p.RunbookURL + "#" + strings.ToLower(r.alert))
	}
	rendered.Annotations = &annotations
	return rendered
}
