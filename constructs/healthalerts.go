package constructs

import (
	"fmt"

	"github.com/seed-74198975/rsclip/inference/config"
)

// healthAlerts returns the alerts on what callers do not feel yet, or cannot
// report: a service that is not measured has no error rate. Those on pods and
// autoscalers need kube-state-metrics and are silent without.
func (p RsclipMonitoringProps) healthAlerts() []rule {
	service := p.Service.props
	target := map[string]string{"namespace": service.Namespace, "service": service.Name + "-service"}
	rules := []rule{
		{
			// absent makes no labels of a comparison, hence those of the rule, which
			// templates do not see. A service that was scaled to nothing has no
			// target, and is not missed.
			alert: "TargetMissing", severity: critical, hold: "5m", labels: target,
			expr:        "absent(up{<server>} == 1)\nunless on () (kube_deployment_spec_replicas{<deployment>} == 0)\n",
			summary:     service.Name + " cannot be scraped: no pod answers Prometheus, or none is found.",
			description: "Nothing is known of " + service.Namespace + "/" + target["service"] + ", and its other alerts are blind.",
			runbook: "kubectl get pods,endpoints: no pods, or none ready, is an outage of the service itself. With ready pods look at " +
				"Prometheus' page of targets: a monitor that is not listed lacks the labels that Prometheus selects by (the prop labels); " +
				"one that is listed without targets finds no Service or port; a target that times out is cut off by a NetworkPolicy.",
		},
		{
			alert: "TargetDown", severity: warning, hold: "10m",
			expr:        "up{<server>} == 0\n",
			summary:     "A pod of " + service.Name + " cannot be scraped.",
			description: "Prometheus gets no answer from {{ $labels.pod }} of {{ $labels.namespace }}/{{ $labels.service }}.",
			runbook:     "kubectl describe pod of the alert's label, and its logs: it hangs, or it is being restarted.",
		},
	}
	requests := "sum by (namespace, service) (rate(http_requests_total{<server>%s}[5m]))"
	rules = append(rules, rule{
		alert: "RequestsRefused", severity: warning, hold: "5m",
		expr:        fmt.Sprintf(requests, `,status="429"`) + "\n/ " + fmt.Sprintf(requests, "") + "\n> " + refused + "\nand " + fmt.Sprintf(requests, "") + " > " + minRequestRate + "\n",
		summary:     service.Name + " refuses requests for want of room.",
		description: "{{ $value | humanizePercentage }} of the requests to {{ $labels.namespace }}/{{ $labels.service }} in the last 5 minutes were refused with 429.",
		runbook:     refusedRunbook,
	})
	for _, limit := range []struct{ unit, what string }{{"items", "requests"}, {"bytes", "bytes"}} {
		rules = append(rules, rule{
			alert: "QueueSaturated", severity: warning, hold: "5m", labels: map[string]string{"limit": limit.unit},
			expr: fmt.Sprintf("sum by (namespace, service, tower) (avg_over_time(rsclip_queue_%[1]s{<server>}[5m]))\n"+
				"/ (sum by (namespace, service, tower) (rsclip_queue_%[1]s_limit{<server>}) > 0)\n> %[2]s\n", limit.unit, saturated),
			summary: "The queues of " + service.Name + " are nearly full; what does not fit is refused with 429.",
			description: "The queues of the {{ $labels.tower }} tower of {{ $labels.namespace }}/{{ $labels.service }} held " +
				"{{ $value | humanizePercentage }} of the " + limit.what + " that they may, over 5 minutes.",
			runbook: refusedRunbook,
		})
	}
	rules = append(rules, []rule{
		{
			// One that may not move at all is at its maximum by intent.
			alert: "AutoscalerAtMaximum", severity: warning, hold: "15m",
			expr: "(\n" +
				"  max by (namespace, horizontalpodautoscaler) (kube_horizontalpodautoscaler_status_desired_replicas{<namespace>})\n" +
				"  >= max by (namespace, horizontalpodautoscaler) (kube_horizontalpodautoscaler_spec_max_replicas{<namespace>})\n" +
				"  > max by (namespace, horizontalpodautoscaler) (kube_horizontalpodautoscaler_spec_min_replicas{<namespace>})\n" +
				")\nand on (namespace, horizontalpodautoscaler) kube_horizontalpodautoscaler_info{<target>}\n",
			summary:     service.Name + " wants as many pods as its autoscaler may make, and cannot grow further.",
			description: "{{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }} has wanted its maximum of {{ $value }} pods for 15 minutes.",
			runbook: "kubectl describe hpa says which metric wants them. Raise maxReplicas if nodes have GPUs left, " +
				"or find out why requests became dearer: the latency of the stages, the size of the batches.",
		},
		{
			alert: "PodsRestarting", severity: warning,
			expr:        "sum by (namespace, pod, container) (increase(kube_pod_container_status_restarts_total{<pods>}[1h]))\n> 2\n",
			summary:     "A pod of " + service.Name + " restarts again and again.",
			description: "{{ $labels.container }} in {{ $labels.namespace }}/{{ $labels.pod }} restarted {{ $value | printf \"%.0f\" }} times in the last hour.",
			runbook: "kubectl describe pod says why it ended (OOMKilled: raise limits.memory; Error: kubectl logs --previous; " +
				"a failed liveness or startup probe: the model loads longer than rollout.startupSeconds).",
		},
		{
			alert: "PodsUnschedulable", severity: warning, hold: "10m",
			expr:        "max by (namespace, pod) (kube_pod_status_unschedulable{<pods>})\n> 0\n",
			summary:     "A pod of " + service.Name + " finds no node.",
			description: "{{ $labels.namespace }}/{{ $labels.pod }} has waited for a node for more than 10 minutes.",
			runbook: "kubectl describe pod says what every node lacks: most often a free GPU. " +
				"Add nodes, lower the autoscaler's maximum, or roll out without a spare GPU (rollout.strategy: noSpareGPU).",
		},
	}...)
	if service.Model.Device != config.CPU {
		rules = append(rules, rule{
			alert: "GpuSlowedDown", severity: warning, hold: "15m",
			expr:        "max by (namespace, service, pod, gpu, reason) (rsclip_gpu_throttled{<server>,reason!=\"power_cap\"})\n> 0\n",
			summary:     "A GPU of " + service.Name + " computes slower than it could.",
			description: "GPU {{ $labels.gpu }} of {{ $labels.namespace }}/{{ $labels.pod }} has been slowed down for more than 15 minutes: {{ $labels.reason }}.",
			runbook: "nvidia-smi -q -d PERFORMANCE,TEMPERATURE on the node says more. heat: look at its fans and the air. " +
				"power_brake: look at its power supply. kubectl cordon keeps new pods off the node meanwhile.",
		}, rule{
			alert: "GpuMemoryNearlyFull", severity: warning, hold: "10m",
			expr: "max by (namespace, service, pod, gpu) (rsclip_gpu_memory_used_bytes{<server>} / rsclip_gpu_memory_total_bytes{<server>})\n> " +
				nearlyFull + "\n",
			summary:     "A GPU of " + service.Name + " has hardly any memory left; the next larger batch may fail.",
			description: "GPU {{ $labels.gpu }} of {{ $labels.namespace }}/{{ $labels.pod }} has {{ $value | humanizePercentage }} of its memory in use.",
			runbook: "nvidia-smi on the node says who holds it. Another process: give the pod a GPU or a MIG slice of its own. " +
				"The server: lower batch_size, or use precision fp16.",
		})
	}
	return p.ofService(rules)
}

const (
	// refused is the share of requests that may be refused, as bursts are.
	refused = "0.05"
	// refusedRunbook is that of all alerts on a server that is asked for too much.
	refusedRunbook = "More arrives than is inferred. Look at rsclip_refusals_total, and at the lines \"requests refused\" of the log, for what is refused already; " +
		"rsclip_queue_items and rsclip_budget_bytes say which limit is reached. Add pods, or raise the autoscaler's maximum; " +
		"with GPUs that are not busy raise batch_size. A longer queue only makes callers wait."
	// saturated is the share of a queue's limit that it holds on average while bursts
	// are refused: a run takes up to half of a full queue.
	saturated = "0.6"
	// nearlyFull is the share of a GPU's memory that leaves no room for a larger
	// batch; the arena of the runtime keeps what it once took.
	nearlyFull = "0.95"
)
