package constructs

import "fmt"

// searchAlerts returns the alerts on a service that answers searches: those on its
// health, if they are wanted, and that on the index's age, if there is a limit.
func (p RsclipMonitoringProps) searchAlerts() []rule {
	service := p.Service.props
	if !service.Index.isThere() {
		return nil
	}
	rate := "sum by (namespace, service) (rate(http_requests_total{<server>" + searches.matcher + "%s}[5m]))"
	var rules []rule
	if p.HealthAlerts {
		rules = append(rules, rule{
			alert: "SearchFailing", severity: critical, hold: "5m",
			expr:        fmt.Sprintf(rate, `,status=~"5.."`) + "\n/ " + fmt.Sprintf(rate, "") + "\n> " + number(p.MaxErrorRatio) + "\nand " + fmt.Sprintf(rate, "") + " > " + minRequestRate + "\n",
			summary:     fmt.Sprintf("%s answers more than %s of its searches with a server error.", service.Name, percent(p.MaxErrorRatio)),
			description: "{{ $value | humanizePercentage }} of the searches of {{ $labels.namespace }}/{{ $labels.service }} in the last 5 minutes were answered with a status of 5xx.",
			runbook: "rsclip_refusals_total says why by its reason. engine_unavailable: the search engine does not answer, or has no tiles of this model; look at its pods, " +
				"and whether a NetworkPolicy cuts it off. engine_failed: its answers are of no use; the log has them under the request's id (kubectl logs). " +
				"deadline_exceeded: too little capacity. Other requests are answered meanwhile.",
		})
	}
	if p.HealthAlerts && service.Index.inFolder() {
		rules = append(rules, rule{
			alert: "IndexNotLoaded", severity: warning, hold: "5m",
			expr:        "sum by (namespace, service, pod) (increase(rsclip_index_reloads_total{<server>,result=\"failed\"}[10m]))\n> 0\n",
			summary:     "A pod of " + service.Name + " cannot load its changed index, and serves the one before it.",
			description: "{{ $labels.namespace }}/{{ $labels.pod }} has tried for more than 5 minutes. If it restarts now, it does not become ready.",
			runbook: "kubectl logs of the pod, the line \"the index has changed and cannot be opened\", names the file and what is wrong. A file of another model or run: " +
				"take it out, or roll out that model. Damaged .vectors or .tiles: run the index job again, which makes them anew. A damaged table: take it and those behind it out first.",
		})
	}
	if p.MaxIndexAgeHours > 0 {
		rules = append(rules, rule{
			alert: "IndexStale", severity: warning, hold: "10m",
			expr:        "time() - min by (namespace, service) (rsclip_index_written_timestamp_seconds{<server>})\n> " + number(3600*p.MaxIndexAgeHours) + "\n",
			summary:     fmt.Sprintf("Nothing was added to the index of %s for more than %s hours.", service.Name, number(p.MaxIndexAgeHours)),
			description: "The newest file of the index in force of {{ $labels.namespace }}/{{ $labels.service }} was written {{ $value | humanizeDuration }} ago.",
			runbook: "kubectl get jobs: the index job has failed, or has not run. If its files are there, but not in force, look at rsclip_index_files of each pod, " +
				"and at the alert IndexNotLoaded.",
		})
	}
	return p.ofService(rules)
}
