package constructs

import (
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"
)

// maxReplicas bounds the number of pods of one service.
const maxReplicas = 1000

// GpuAutoscalerProps configures [NewGpuAutoscaler].
//
// Several signals make one autoscaler: the largest recommendation wins.
type GpuAutoscalerProps struct {
	// Service is what to scale. Required, and scaled by nothing else.
	Service *RsclipModelService `json:"-"`
	// MinReplicas is the fewest pods. Default 2.
	MinReplicas int `json:"minReplicas,omitempty"`
	// MaxReplicas is the most pods. Default 10, or 15 with RequestsPerSecond.
	MaxReplicas int `json:"maxReplicas,omitempty"`
	// CPUUtilization is the wanted use of the requested CPU, in percent; -1
	// leaves the signal out. Default 70.
	CPUUtilization int `json:"cpuUtilization,omitempty"`
	// RequestsPerSecond is the wanted average of one pod, to a thousandth. It
	// needs prometheus-adapter with the rules that are generated beside the
	// autoscaler. Default 0: the signal is left out.
	RequestsPerSecond float64 `json:"requestsPerSecond,omitempty"`
}

// GpuAutoscaler is the one autoscaler of a service. Its fields are the objects
// that it made, for reference and for patches.
type GpuAutoscaler struct {
	constructs.Construct

	HorizontalPodAutoscaler k8s.KubeHorizontalPodAutoscalerV2
	// AdapterRules holds a configuration for prometheus-adapter under the key
	// config.yaml; nil where no signal needs the adapter.
	AdapterRules k8s.KubeConfigMap
}

// NewGpuAutoscaler scales a service's Deployment with one
// HorizontalPodAutoscaler (autoscaling/v2, Kubernetes 1.23), called
// "NAME-hpa" where it looks at cpu alone and "NAME-custom-hpa" where it looks at
// metrics of the server. The Deployment then carries no replicas. It panics with
// a [PropsError] where props cannot be deployed.
func NewGpuAutoscaler(scope constructs.Construct, id string, props *GpuAutoscalerProps) *GpuAutoscaler {
	p := props.withDefaults()
	p.check().must("GpuAutoscaler", id)

	a := &GpuAutoscaler{Construct: constructs.NewConstruct(scope, &id)}
	service := p.Service.props
	var metrics []*k8s.MetricSpecV2
	name := "-hpa"
	if p.RequestsPerSecond > 0 {
		name = "-custom-hpa"
		metrics = append(metrics, podsMetric("requests_per_second", p.RequestsPerSecond))
		a.AdapterRules = k8s.NewKubeConfigMap(a.Construct, new("AdapterRules"), &k8s.KubeConfigMapProps{
			Metadata: service.metadata("-adapter-rules"),
			Data:     &map[string]*string{"config.yaml": new(adapterConfig)},
		})
	}
	if p.CPUUtilization > 0 {
		metrics = append(metrics, &k8s.MetricSpecV2{Type: new("Resource"), Resource: &k8s.ResourceMetricSourceV2{
			Name:   new("cpu"),
			Target: &k8s.MetricTargetV2{Type: new("Utilization"), AverageUtilization: new(float64(p.CPUUtilization))},
		}})
	}
	a.HorizontalPodAutoscaler = k8s.NewKubeHorizontalPodAutoscalerV2(a.Construct, new("HorizontalPodAutoscaler"), &k8s.KubeHorizontalPodAutoscalerV2Props{
		Metadata: service.metadata(name),
		Spec: &k8s.HorizontalPodAutoscalerSpecV2{
			ScaleTargetRef: &k8s.CrossVersionObjectReferenceV2{
				ApiVersion: new("apps/v1"), Kind: new("Deployment"), Name: service.metadata("-deployment").Name,
			},
			MinReplicas: new(float64(p.MinReplicas)),
			MaxReplicas: new(float64(p.MaxReplicas)),
			Metrics:     &metrics,
		},
	})
	p.Service.claimScale(id)
	return a
}

// podsMetric wants an average of a metric over the pods.
func podsMetric(name string, average float64) *k8s.MetricSpecV2 {
	return &k8s.MetricSpecV2{Type: new("Pods"), Pods: &k8s.PodsMetricSourceV2{
		Metric: &k8s.MetricIdentifierV2{Name: &name},
		Target: &k8s.MetricTargetV2{Type: new("AverageValue"), AverageValue: k8s.Quantity_FromString(new(milli(average)))},
	}}
}

func (p *GpuAutoscalerProps) withDefaults() GpuAutoscalerProps {
	var d GpuAutoscalerProps
	if p != nil {
		d = *p
	}
	setDefault(&d.MinReplicas, 2)
	most := 10
	if d.RequestsPerSecond > 0 {
		most = 15
	}
	setDefault(&d.MaxReplicas, most)
	setDefault(&d.CPUUtilization, 70)
	return d
}

// check returns every reason why p, its defaults filled in, cannot be deployed.
func (p GpuAutoscalerProps) check() *check {
	c := new(check)
	switch {
	case p.Service == nil:
		c.add("service", "", "an RsclipModelService", "pass what NewRsclipModelService returned")
	case p.Service.autoscaler != "":
		c.add("service", p.Service.props.Name, "scaled by one autoscaler only",
			"set the signals of both on "+p.Service.autoscaler+", since two on one target disable each other")
	}
	c.upTo("minReplicas", p.MinReplicas, maxReplicas)
	c.upTo("maxReplicas", p.MaxReplicas, maxReplicas)
	if p.MaxReplicas < p.MinReplicas {
		c.add("maxReplicas", p.MaxReplicas, "at least minReplicas, "+strconv.Itoa(p.MinReplicas), "raise it or lower minReplicas")
	}
	if p.CPUUtilization != -1 {
		c.upTo("cpuUtilization", p.CPUUtilization, 100)
	}
	if !(p.RequestsPerSecond >= 0 && p.RequestsPerSecond <= 1e6) || p.RequestsPerSecond > 0 && p.RequestsPerSecond < 0.001 {
		c.add("requestsPerSecond", p.RequestsPerSecond, "0.001 to 1000000", "choose a value in that range, or leave it out")
	}
	if p.CPUUtilization == -1 && p.RequestsPerSecond == 0 {
		c.add("cpuUtilization", p.CPUUtilization, "a percentage where no other signal is set", "leave it out for 70, or set requestsPerSecond")
	}
	return c
}
