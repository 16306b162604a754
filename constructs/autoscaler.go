package constructs

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/imports/kedash"
	"github.com/seed-74198975/rsclip/inference/config"
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
	// MaxReplicas is the most pods. Default 10, or 15 with a signal that needs
	// prometheus-adapter.
	MaxReplicas int `json:"maxReplicas,omitempty"`
	// CPUUtilization is the wanted use of the requested CPU, in percent; -1
	// leaves the signal out. Default 70.
	CPUUtilization int `json:"cpuUtilization,omitempty"`
	// MemoryUtilization is the wanted use of the requested memory, in percent.
	// Default 0: the signal is left out, since a loaded model does not shrink.
	MemoryUtilization int `json:"memoryUtilization,omitempty"`

	// The signals below are averages of one pod, to a thousandth. The engine hpa
	// needs prometheus-adapter for them, with the rules that are generated beside
	// the autoscaler; keda asks Prometheus itself.

	// RequestsPerSecond is the wanted rate of requests; see
	// [TargetRequestsPerSecond]. Default 0: the signal is left out.
	RequestsPerSecond float64 `json:"requestsPerSecond,omitempty"`
	// QueueSeconds is the wanted time that an item waits for a tower, in the
	// slower of the two: what callers feel first when pods are too few. Default
	// 0: the signal is left out.
	QueueSeconds float64 `json:"queueSeconds,omitempty"`
	// RequestsInFlight is the wanted number of requests being answered at a
	// time, which rises as soon as they wait for each other. Default 0: the
	// signal is left out.
	RequestsInFlight float64 `json:"requestsInFlight,omitempty"`
	// GPUUtilization is the wanted use of a pod's GPUs, in percent, as NVIDIA's
	// DCGM exporter reports it. Default 0: the signal is left out.
	GPUUtilization float64 `json:"gpuUtilization,omitempty"`

	// RateSeconds is the time over which these averages are taken, 10 to 3600. It
	// must hold four scrapes of the pods; less follows the traffic faster. The
	// services of a cluster share one prometheus-adapter, and so one of its rules.
	// Default 120, for a scrape each 30 s.
	RateSeconds int `json:"rateSeconds,omitempty"`

	// Behavior is for the shape of the traffic, spiky or steady. Default
	// Kubernetes' own: up at once and at most by doubling in 15 s, down to the
	// highest recommendation of the last 5 minutes.
	Behavior Behavior `json:"behavior,omitempty"`
	// ScaleDownSeconds is for how long fewer pods must have been enough before
	// pods go, 1 to 3600. Default the behaviour's.
	ScaleDownSeconds int `json:"scaleDownSeconds,omitempty"`

	// Engine is hpa or keda. Default hpa.
	Engine Engine `json:"engine,omitempty"`
	// KEDA configures the engine keda.
	KEDA KEDA `json:"keda,omitzero"`
}

// Engine is what scales the pods.
type Engine string

// The engines.
const (
	// HPA is a HorizontalPodAutoscaler, which every cluster has.
	HPA Engine = "hpa"
	// Keda is a ScaledObject for KEDA 2.18 or newer, which makes the
	// HorizontalPodAutoscaler itself, and can scale to no pods at all.
	Keda Engine = "keda"
)

// GpuAutoscaler is the one autoscaler of a service. Its fields are the objects
// that it made, for reference and for patches.
type GpuAutoscaler struct {
	constructs.Construct

	HorizontalPodAutoscaler k8s.KubeHorizontalPodAutoscalerV2 // nil with the engine keda
	// AdapterRules holds a configuration for prometheus-adapter under the key
	// config.yaml; nil where no signal needs the adapter.
	AdapterRules k8s.KubeConfigMap
	ScaledObject kedash.ScaledObject // nil with the engine hpa
}

// NewGpuAutoscaler scales a service's Deployment with one
// HorizontalPodAutoscaler (autoscaling/v2, Kubernetes 1.23), called
// "NAME-hpa" where it looks at cpu and memory alone and "NAME-custom-hpa" where
// it looks at metrics of the server, or with one ScaledObject that has KEDA make
// it under the same name. The Deployment then carries no replicas. It panics with
// a [PropsError] where props cannot be deployed.
func NewGpuAutoscaler(scope constructs.Construct, id string, props *GpuAutoscalerProps) *GpuAutoscaler {
	p := props.withDefaults()
	p.check().must("GpuAutoscaler", id)

	a := &GpuAutoscaler{Construct: constructs.NewConstruct(scope, &id)}
	if p.Engine == Keda {
		p.addScaledObject(a)
	} else {
		p.addHPA(a)
	}
	p.Service.claimScale(id)
	return a
}

// addHPA adds the HorizontalPodAutoscaler, and the adapter's rules if it needs
// any.
func (p GpuAutoscalerProps) addHPA(a *GpuAutoscaler) {
	service := p.Service.props
	var metrics []*k8s.MetricSpecV2
	signals := p.podSignals()
	if len(signals) > 0 {
		a.AdapterRules = k8s.NewKubeConfigMap(a.Construct, new("AdapterRules"), &k8s.KubeConfigMapProps{
			Metadata: service.metadata("-adapter-rules"),
			Data:     &map[string]*string{"config.yaml": new(adapterConfig(signals))},
		})
	}
	for _, signal := range signals {
		metrics = append(metrics, podsMetric(signal.metric, signal.target))
	}
	for _, resource := range p.resourceSignals() {
		metrics = append(metrics, resourceMetric(resource.name, resource.utilization))
	}
	a.HorizontalPodAutoscaler = k8s.NewKubeHorizontalPodAutoscalerV2(a.Construct, new("HorizontalPodAutoscaler"), &k8s.KubeHorizontalPodAutoscalerV2Props{
		Metadata: service.metadata(p.hpaSuffix()),
		Spec: &k8s.HorizontalPodAutoscalerSpecV2{
			ScaleTargetRef: &k8s.CrossVersionObjectReferenceV2{
				ApiVersion: new("apps/v1"), Kind: new("Deployment"), Name: service.metadata("-deployment").Name,
			},
			MinReplicas: new(float64(p.MinReplicas)),
			MaxReplicas: new(float64(p.MaxReplicas)),
			Metrics:     &metrics,
			Behavior:    p.pace(),
		},
	})
}

// hpaSuffix ends the name of the HorizontalPodAutoscaler, whoever makes it.
func (p GpuAutoscalerProps) hpaSuffix() string {
	if len(p.podSignals()) > 0 {
		return "-custom-hpa"
	}
	return "-hpa"
}

// resourceSignal is a wanted use of what the pods request, in percent.
type resourceSignal struct {
	name        string
	utilization int
}

// resourceSignals returns those that are set.
func (p GpuAutoscalerProps) resourceSignals() []resourceSignal {
	all := []resourceSignal{{"cpu", p.CPUUtilization}, {"memory", p.MemoryUtilization}}
	return slices.DeleteFunc(all, func(s resourceSignal) bool { return s.utilization <= 0 })
}

// resourceMetric wants a share of what the pods request of a resource.
func resourceMetric(name string, utilization int) *k8s.MetricSpecV2 {
	return &k8s.MetricSpecV2{Type: new("Resource"), Resource: &k8s.ResourceMetricSourceV2{
		Name:   &name,
		Target: &k8s.MetricTargetV2{Type: new("Utilization"), AverageUtilization: new(float64(utilization))},
	}}
}

// podsMetric wants an average of a metric over the pods.
func podsMetric(name string, average float64) *k8s.MetricSpecV2 {
	return &k8s.MetricSpecV2{Type: new("Pods"), Pods: &k8s.PodsMetricSourceV2{
		Metric: &k8s.MetricIdentifierV2{Name: &name},
		Target: &k8s.MetricTargetV2{Type: new("AverageValue"), AverageValue: quantity(milli(average))},
	}}
}

func (p *GpuAutoscalerProps) withDefaults() GpuAutoscalerProps {
	var d GpuAutoscalerProps
	if p != nil {
		d = *p
	}
	setDefault(&d.MinReplicas, 2)
	most := 10
	if len(d.podSignals()) > 0 {
		most = 15
	}
	setDefault(&d.MaxReplicas, most)
	setDefault(&d.CPUUtilization, 70)
	setDefault(&d.RateSeconds, 120)
	setDefault(&d.Engine, HPA)
	if d.Engine == Keda {
		d.KEDA = d.KEDA.withDefaults(d.MinReplicas)
	}
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
	if p.MemoryUtilization != 0 {
		c.upTo("memoryUtilization", p.MemoryUtilization, 100)
	}
	if p.RateSeconds < 10 || p.RateSeconds > 3600 {
		c.add("rateSeconds", p.RateSeconds, "10 to 3600", "choose a value in that range that holds four scrapes, or leave it out for 120")
	}
	c.average("requestsPerSecond", p.RequestsPerSecond, 1e6)
	c.average("queueSeconds", p.QueueSeconds, 3600)
	c.average("requestsInFlight", p.RequestsInFlight, 1e6)
	c.average("gpuUtilization", p.GPUUtilization, 100)
	if p.GPUUtilization > 0 && p.Service != nil && p.Service.props.Model.Device == config.CPU {
		c.add("gpuUtilization", p.GPUUtilization, "left out where the model's device is cpu", "choose another signal")
	}
	if p.CPUUtilization == -1 && p.MemoryUtilization == 0 && len(p.podSignals()) == 0 {
		c.add("cpuUtilization", p.CPUUtilization, "a percentage where no other signal is set", "leave it out for 70, or set requestsPerSecond")
	}
	oneOf(c, "engine", p.Engine, HPA, Keda)
	p.KEDA.check(c, p)
	if p.ScaleDownSeconds != 0 {
		c.upTo("scaleDownSeconds", p.ScaleDownSeconds, 3600)
	}
	if p.Behavior != "" {
		oneOf(c, "behavior", p.Behavior, Spiky, Steady)
	}
	return c
}

// average refuses the target of an average that is set, and is no number that a
// quantity of thousandths can hold.
func (c *check) average(field string, value, most float64) {
	if value != 0 && !(value >= 0.001 && value <= most) {
		c.add(field, value, fmt.Sprintf("0.001 to %.0f", most), "choose a value in that range, or leave it out")
	}
}
