package constructs

import "github.com/seed-74198975/rsclip/inference/config"

// dashboardRow is a row of graphs that stand side by side.
type dashboardRow struct {
	title  string
	graphs []graph
}

// graph is one panel: queries over time.
type graph struct {
	title, description, unit string
	stacked                  bool
	queries                  []query
}

// query is PromQL with the places that matchers fills, and a legend in
// Grafana's terms.
type query struct{ expr, legend string }

// Grafana's names of units.
const (
	ratioUnit   = "percentunit" // 0 to 1
	secondsUnit = "s"
	bytesUnit   = "bytes"
	rateUnit    = "reqps"
	countUnit   = "short"
	wattsUnit   = "watt"
)

// dashboardRows returns the rows for what the service has.
func (p RsclipMonitoringProps) dashboardRows() []dashboardRow {
	rows := []dashboardRow{trafficRow, errorsRow, latencyRow, batchesRow, queueRow, cacheRow}
	if p.Objectives != nil {
		rows = append([]dashboardRow{p.objectivesRow()}, rows...)
	}
	if p.Service.props.Index.isThere() {
		rows = append(rows, searchRow)
	}
	if p.Service.props.Index.inFolder() {
		rows = append(rows, indexRow)
	}
	if p.Service.props.Model.Device != config.CPU {
		rows = append(rows, gpuRow)
	}
	return append(rows, scalingRow, releaseRow)
}

// objectivesRow shows the budgets as their alerts see them.
func (p RsclipMonitoringProps) objectivesRow() dashboardRow {
	row := dashboardRow{title: "Objectives"}
	for _, o := range p.objectives() {
		g := graph{
			title: "Burn rate, " + o.name,
			description: "How many times faster than it would last for 30 days the budget of " + percent(o.budget) +
				" is spent. Alerts look at two windows: 1h and 5m above 14.4, 6h and 30m above 6, 1d and 2h above 3, 3d and 6h above 1.",
			unit: countUnit,
		}
		for _, window := range burnRateWindows() {
			// Records have no pod.
			g.queries = append(g.queries, query{o.bad + window + "{" + p.selector() + "} / " + number(o.budget), window})
		}
		row.graphs = append(row.graphs, g)
	}
	return row
}

var trafficRow = dashboardRow{"Traffic", []graph{
	{
		title: "Requests", description: "Requests answered in a second, by route.", unit: rateUnit, stacked: true,
		queries: []query{{`sum by (method, path) (rate(http_requests_total{<server>}[$__rate_interval]))`, "{{method}} {{path}}"}},
	},
	{
		title: "In flight", description: "Requests being answered now, by pod.", unit: countUnit, stacked: true,
		queries: []query{{`sum by (pod) (http_requests_in_flight{<server>})`, "{{pod}}"}},
	},
	{
		title: "Ready pods", description: "Pods that want traffic: model loaded and warmed up, and not draining.", unit: countUnit,
		queries: []query{
			{`sum(rsclip_ready{<server>})`, "ready"},
			{`count(up{<server>} == 1)`, "scraped"},
		},
	},
}}

// failedShare is the share of answers with some statuses, 0 where there was none.
func failedShare(statuses string) string {
	return `sum(rate(http_requests_total{<server>,status=~"` + statuses + `"}[$__rate_interval]) or 0 * rate(http_requests_total{<server>}[$__rate_interval])) / ` +
		`sum(rate(http_requests_total{<server>}[$__rate_interval]))`
}

var errorsRow = dashboardRow{"Errors", []graph{
	{
		title:       "Failed and refused requests",
		description: "Share of requests that the server failed (5xx), that it refused for want of room (429), and whose picture's URL or origin failed (424).",
		unit:        ratioUnit,
		queries: []query{
			{failedShare("5.."), "failed"},
			{failedShare("429"), "refused"},
			{failedShare("424"), "origin"},
		},
	},
	{
		title: "Statuses", description: "Answers other than 2xx in a second, by status.", unit: rateUnit, stacked: true,
		queries: []query{{`sum by (status) (rate(http_requests_total{<server>,status!~"2.."}[$__rate_interval]))`, "{{status}}"}},
	},
	{
		title: "Refusals", description: "Requests refused in a second, by the code of the answer.", unit: rateUnit, stacked: true,
		queries: []query{{`sum by (reason) (rate(rsclip_refusals_total{<server>}[$__rate_interval]))`, "{{reason}}"}},
	},
	{
		title: "Failed fetches", description: "Pictures in a second that could not be fetched by the fault of the URL or its origin.", unit: rateUnit, stacked: true,
		queries: []query{{`sum by (code) (rate(rsclip_fetch_errors_total{<server>}[$__rate_interval]))`, "{{code}}"}},
	},
}}

var latencyRow = dashboardRow{"Latency", []graph{
	{
		title: "Requests", description: "Time from a request's header to the end of its answer; refused requests are left out.", unit: secondsUnit,
		queries: []query{
			{`histogram_quantile(0.5, sum by (le) (rate(http_request_duration_seconds_bucket{<server>}[$__rate_interval])))`, "p50"},
			{`histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{<server>}[$__rate_interval])))`, "p95"},
			{`histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket{<server>}[$__rate_interval])))`, "p99"},
		},
	},
	{
		title: "Stages, p95", description: "95th percentile of the time in each stage of a request.", unit: secondsUnit,
		queries: []query{{
			`histogram_quantile(0.95, sum by (le, stage, tower) (rate(rsclip_stage_duration_seconds_bucket{<server>}[$__rate_interval])))`,
			"{{stage}} {{tower}}",
		}},
	},
	{
		title: "Stages, mean", description: "Mean time in each stage of a request.", unit: secondsUnit,
		queries: []query{{
			`sum by (stage, tower) (rate(rsclip_stage_duration_seconds_sum{<server>}[$__rate_interval])) / ` +
				`sum by (stage, tower) (rate(rsclip_stage_duration_seconds_count{<server>}[$__rate_interval]))`,
			"{{stage}} {{tower}}",
		}},
	},
}}

var batchesRow = dashboardRow{"Batches", []graph{
	{
		title: "Size", description: "Items in a batch: the mean, and the 95th percentile.", unit: countUnit,
		queries: []query{
			{`sum by (tower) (rate(rsclip_batch_size_sum{<server>}[$__rate_interval])) / sum by (tower) (rate(rsclip_batch_size_count{<server>}[$__rate_interval]))`, "{{tower}} mean"},
			{`histogram_quantile(0.95, sum by (le, tower) (rate(rsclip_batch_size_bucket{<server>}[$__rate_interval])))`, "{{tower}} p95"},
		},
	},
	{
		title: "Batches", description: "Runs of the model in a second.", unit: "ops",
		queries: []query{{`sum by (tower) (rate(rsclip_batch_size_count{<server>}[$__rate_interval]))`, "{{tower}}"}},
	},
	{
		title: "Items", description: "Texts and pictures inferred in a second.", unit: "ops",
		queries: []query{{`sum by (tower) (rate(rsclip_batch_size_sum{<server>}[$__rate_interval]))`, "{{tower}}"}},
	},
}}

var queueRow = dashboardRow{"Queue", []graph{
	{
		title: "Items", description: "Items that wait for a batch, and how many may.", unit: countUnit,
		queries: []query{
			{`sum by (tower) (rsclip_queue_items{<server>})`, "{{tower}}"},
			{`sum by (tower) (rsclip_queue_items_limit{<server>})`, "{{tower}} limit"},
		},
	},
	{
		title: "Bytes", description: "Bytes that wait for a batch, and how many may.", unit: bytesUnit,
		queries: []query{
			{`sum by (tower) (rsclip_queue_bytes{<server>})`, "{{tower}}"},
			{`sum by (tower) (rsclip_queue_bytes_limit{<server>})`, "{{tower}} limit"},
		},
	},
	{
		title: "Wait", description: "Time that items wait for a batch.", unit: secondsUnit,
		queries: []query{
			{`histogram_quantile(0.5, sum by (le, tower) (rate(rsclip_stage_duration_seconds_bucket{<server>,stage="queue"}[$__rate_interval])))`, "{{tower}} p50"},
			{`histogram_quantile(0.95, sum by (le, tower) (rate(rsclip_stage_duration_seconds_bucket{<server>,stage="queue"}[$__rate_interval])))`, "{{tower}} p95"},
		},
	},
}}

var cacheRow = dashboardRow{"Cache", []graph{
	{
		title: "Hits", description: "Share of look-ups answered from the cache, or by the work of another request under way.", unit: ratioUnit,
		queries: []query{{
			`sum by (cache) (rate(rsclip_cache_requests_total{<server>,result=~"hit|shared"}[$__rate_interval])) / ` +
				`sum by (cache) (rate(rsclip_cache_requests_total{<server>}[$__rate_interval]))`, "{{cache}}",
		}},
	},
	{
		title: "Look-ups", description: "Look-ups in a second, by cache and result.", unit: "ops", stacked: true,
		queries: []query{{`sum by (cache, result) (rate(rsclip_cache_requests_total{<server>}[$__rate_interval]))`, "{{cache}} {{result}}"}},
	},
	{
		title: "Size", description: "Bytes in the caches of all pods.", unit: bytesUnit, stacked: true,
		queries: []query{{`sum by (cache) (rsclip_cache_bytes{<server>})`, "{{cache}}"}},
	},
}}

var searchRow = dashboardRow{"Search", []graph{
	{
		title: "Searches, p95", description: "95th percentile of the time of a search behind the embedding of what is looked for, and of the scan of all tiles in it.", unit: secondsUnit,
		queries: []query{{`histogram_quantile(0.95, sum by (le, stage) (rate(rsclip_stage_duration_seconds_bucket{<server>,stage=~"search|scan"}[$__rate_interval])))`, "{{stage}}"}},
	},
}}

var indexRow = dashboardRow{"Index", []graph{
	{
		title: "Searches a scan", description: "Searches that share a scan of the index: the mean.", unit: countUnit,
		queries: []query{{`sum by (pod) (rate(rsclip_scan_queries_sum{<server>}[$__rate_interval])) / sum by (pod) (rate(rsclip_scan_queries_count{<server>}[$__rate_interval]))`, "{{pod}}"}},
	},
	{
		title: "Tiles", description: "Tiles and files of the index in force, by pod.", unit: countUnit,
		queries: []query{
			{`max by (pod) (rsclip_index_tiles{<server>})`, "{{pod}} tiles"},
			{`max by (pod) (rsclip_index_files{<server>})`, "{{pod}} files"},
		},
	},
	{
		title: "Vectors", description: "Bytes of the files of vectors. The node's memory should hold at least a fifth of them beside all else.", unit: bytesUnit,
		queries: []query{{`max by (pod) (rsclip_index_vector_bytes{<server>})`, "{{pod}}"}},
	},
	{
		title: "Age", description: "Time since the newest file of the index in force was written, and since a pod took the index in force into use.", unit: secondsUnit,
		queries: []query{
			{`time() - min by (pod) (rsclip_index_written_timestamp_seconds{<server>})`, "{{pod}} written"},
			{`time() - min by (pod) (rsclip_index_opened_timestamp_seconds{<server>})`, "{{pod}} in use"},
		},
	},
	{
		title: "Index reloads", description: "Attempts in the last hour to open a changed index, by result.", unit: countUnit,
		queries: []query{{`sum by (result) (increase(rsclip_index_reloads_total{<server>}[1h]))`, "{{result}}"}},
	},
}}

var gpuRow = dashboardRow{"GPU", []graph{
	{
		title: "Utilization", description: "Share of the time in which a kernel ran, and a line at 100% while the GPU computes slower than it could: for heat, by a limit of its power, or by the node's power supply.", unit: ratioUnit,
		queries: []query{
			{`max by (pod, gpu) (rsclip_gpu_utilization_ratio{<server>})`, "{{pod}} {{gpu}}"},
			{`max by (pod, gpu, reason) (rsclip_gpu_throttled{<server>}) > 0`, "{{pod}} {{gpu}} slowed down: {{reason}}"},
		},
	},
	{
		title: "Memory", description: "Memory in use by any process, and the GPU's own.", unit: bytesUnit,
		queries: []query{
			{`max by (pod, gpu) (rsclip_gpu_memory_used_bytes{<server>})`, "{{pod}} {{gpu}}"},
			{`max(rsclip_gpu_memory_total_bytes{<server>})`, "total"},
		},
	},
	{
		title: "Power", description: "Power drawn.", unit: wattsUnit,
		queries: []query{{`max by (pod, gpu) (rsclip_gpu_power_watts{<server>})`, "{{pod}} {{gpu}}"}},
	},
	{
		title: "Energy a picture", description: "Energy of all GPUs for each picture inferred; that of texts, and of other users of the GPUs, counts, too.", unit: "joule",
		queries: []query{{
			`sum(rate(rsclip_gpu_energy_joules_total{<server>}[$__rate_interval])) / sum(rate(rsclip_batch_size_sum{<server>,tower="vision"}[$__rate_interval]))`, "all pods",
		}},
	},
}}

// ofAutoscaler keeps of a series of kube-state-metrics what belongs to an
// autoscaler of the service.
const ofAutoscaler = ` and on (namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_info{<target>}`

var scalingRow = dashboardRow{"Autoscaling", []graph{
	{
		title: "Replicas", description: "Pods that the autoscaler wants, that there are, and the most and fewest it may make.", unit: countUnit,
		queries: []query{
			{`kube_horizontalpodautoscaler_status_desired_replicas{<namespace>}` + ofAutoscaler, "wanted"},
			{`kube_horizontalpodautoscaler_status_current_replicas{<namespace>}` + ofAutoscaler, "current"},
			{`kube_horizontalpodautoscaler_spec_min_replicas{<namespace>}` + ofAutoscaler, "fewest"},
			{`kube_horizontalpodautoscaler_spec_max_replicas{<namespace>}` + ofAutoscaler, "most"},
		},
	},
	{
		title: "Requests per pod", description: "What the metric requests_per_second of the autoscaler is made of.", unit: rateUnit,
		queries: []query{{`sum by (pod) (rate(http_requests_total{<server>}[$__rate_interval]))`, "{{pod}}"}},
	},
	{
		title: "Trouble", description: "Pods that find no node, and restarts in the last hour.", unit: countUnit,
		queries: []query{
			{`sum(kube_pod_status_unschedulable{<pods>})`, "unschedulable"},
			{`sum by (pod) (increase(kube_pod_container_status_restarts_total{<pods>}[1h])) > 0`, "restarts of {{pod}}"},
		},
	},
}}

var releaseRow = dashboardRow{"Release", []graph{
	{
		title: "Models", description: "Pods by the model that they serve.", unit: countUnit, stacked: true,
		queries: []query{{`count by (name, revision, precision, device) (rsclip_model_info{<server>})`, "{{name}} {{revision}} {{precision}} {{device}}"}},
	},
	{
		title: "Versions", description: "Pods by the version of the server.", unit: countUnit, stacked: true,
		queries: []query{{`count by (version, goversion, onnxruntime) (rsclip_build_info{<server>})`, "{{version}} {{goversion}} ORT {{onnxruntime}}"}},
	},
	{
		title: "Model reloads", description: "Attempts in the last hour to load a model anew, by result.", unit: countUnit,
		queries: []query{{`sum by (result) (increase(rsclip_model_reloads_total{<server>}[1h]))`, "{{result}}"}},
	},
}}
