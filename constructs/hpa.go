package constructs

import (
	"fmt"
	"strings"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"
)

// addHPA adds the HorizontalPodAutoscaler, and the adapter's rules if it needs
// any.
func (p GpuAutoscalerProps) addHPA(a *GpuAutoscaler) {
	service := p.Service.props
	var metrics []*k8s.MetricSpecV2
	if p.FollowsMetrics() {
		a.AdapterRules = newObject(a.Construct, "AdapterRules", service, k8s.KubeConfigMap_Manifest(&k8s.KubeConfigMapProps{
			Metadata: service.metadata("-adapter-rules"),
			Data:     &map[string]*string{"config.yaml": new(p.adapterConfig())},
		}))
	}
	for _, s := range p.podSignals() {
		metrics = append(metrics, podsMetric(s.metric, s.target(p)))
	}
	for _, s := range p.Custom {
		metrics = append(metrics, externalMetric(s.externalName(service), s.Target))
	}
	for _, resource := range p.resourceSignals() {
		metrics = append(metrics, resource.metric(service))
	}
	manifest := k8s.KubeHorizontalPodAutoscalerV2_Manifest(&k8s.KubeHorizontalPodAutoscalerV2Props{
		Metadata: &k8s.ObjectMeta{Name: &p.Name, Namespace: &service.Namespace},
		Spec: &k8s.HorizontalPodAutoscalerSpecV2{
			ScaleTargetRef: &k8s.CrossVersionObjectReferenceV2{
				ApiVersion: new("apps/v1"), Kind: new("Deployment"), Name: service.metadata("-deployment").Name,
			},
			MinReplicas: new(float64(p.MinReplicas)),
			MaxReplicas: new(float64(p.MaxReplicas)),
			Metrics:     &metrics,
			Behavior:    p.pace(),
		},
	}).(map[string]any)
	spec := manifest["spec"].(map[string]any)
	if len(p.Metrics) > 0 {
		all, _ := spec["metrics"].([]any)
		for _, metric := range p.Metrics {
			all = append(all, metric)
		}
		spec["metrics"] = all
	}
	if p.OwnBehavior != nil {
		spec["behavior"] = p.OwnBehavior
	}
	a.HorizontalPodAutoscaler = newObject(a.Construct, "HorizontalPodAutoscaler", service, manifest)
}

// checkMetrics refuses what is no metric of a HorizontalPodAutoscaler.
func checkMetrics(c *check, metrics []map[string]any, engine Engine) {
	if engine == Keda && len(metrics) > 0 {
		c.add("metrics", len(metrics), "left out with the engine keda", "write a query in custom, which KEDA asks Prometheus itself")
	}
	for i, metric := range metrics {
		kind, _ := metric["type"].(string)
		field := fmt.Sprintf("metrics[%d].type", i)
		oneOf(c, field, kind, "Resource", "ContainerResource", "Pods", "Object", "External")
		if kind != "" && metric[strings.ToLower(kind[:1])+kind[1:]] == nil {
			c.add(field, kind, "the name of the field beside it", "write the metric as in a HorizontalPodAutoscaler's spec.metrics")
		}
	}
}

// metric wants a share of what the pods request of a resource, or their server alone.
func (s resourceSignal) metric(service RsclipModelServiceProps) *k8s.MetricSpecV2 {
	target := &k8s.MetricTargetV2{Type: new("Utilization"), AverageUtilization: new(float64(s.utilization))}
	if container := service.scaledContainer(); container != "" {
		return &k8s.MetricSpecV2{Type: new("ContainerResource"), ContainerResource: &k8s.ContainerResourceMetricSourceV2{
			Container: &container, Name: &s.name, Target: target,
		}}
	}
	return &k8s.MetricSpecV2{Type: new("Resource"), Resource: &k8s.ResourceMetricSourceV2{Name: &s.name, Target: target}}
}

// podsMetric wants an average of a metric over the pods.
func podsMetric(name string, average float64) *k8s.MetricSpecV2 {
	return &k8s.MetricSpecV2{Type: new("Pods"), Pods: &k8s.PodsMetricSourceV2{
		Metric: &k8s.MetricIdentifierV2{Name: &name},
		Target: &k8s.MetricTargetV2{Type: new("AverageValue"), AverageValue: quantity(milli(average))},
	}}
}

// externalMetric wants a pod's share of a metric that is of no object.
func externalMetric(name string, average float64) *k8s.MetricSpecV2 {
	return &k8s.MetricSpecV2{Type: new("External"), External: &k8s.ExternalMetricSourceV2{
		Metric: &k8s.MetricIdentifierV2{Name: &name},
		Target: &k8s.MetricTargetV2{Type: new("AverageValue"), AverageValue: quantity(milli(average))},
	}}
}

// adapterConfig is a configuration for prometheus-adapter that makes the metrics.
func (p GpuAutoscalerProps) adapterConfig() string {
	var b strings.Builder
	if set := p.podSignals(); len(set) > 0 {
		b.WriteString("rules:\n")
		for _, s := range set {
			b.WriteString(s.adapterRule(p.RateSeconds))
		}
	}
	if len(p.Custom) > 0 {
		b.WriteString("externalRules:\n")
		for _, s := range p.Custom {
			b.WriteString(s.adapterRule(p.Service.props))
		}
	}
	return b.String()
}
