package constructs

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/inference/config"
)

// maxReplicas bounds the number of pods of one service.
const maxReplicas = 1000

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

// GpuAutoscalerProps configures [NewGpuAutoscaler].
//
// Several signals make one autoscaler: the largest recommendation wins.
type GpuAutoscalerProps struct {
	// Service is what to scale. Required, and scaled by nothing else.
	Service *RsclipModelService `json:"-"`
	// Name is the HorizontalPodAutoscaler's, whoever makes it. A new name leaves
	// the one of old to whoever prunes. Default the service's name and "-hpa".
	Name string `json:"name,omitempty"`
	// MinReplicas is the fewest pods. Default 2.
	MinReplicas int `json:"minReplicas,omitempty" zero:"1 to 1000; set keda.scaleToZero to have none without traffic"`
	// MaxReplicas is the most pods. Default 10, or 15 with a signal that needs
	// prometheus-adapter.
	MaxReplicas int `json:"maxReplicas,omitempty" zero:"1 to 1000; set autoscaler.disabled to scale nothing"`
	// CPUUtilization is the wanted use of the requested CPU, in percent; -1
	// leaves the signal out. Default 70.
	CPUUtilization int `json:"cpuUtilization,omitempty" zero:"1 to 100, or -1; write -1 to leave this signal out"`
	// MemoryUtilization is the wanted use of the requested memory, in percent.
	// Default 0: the signal is left out, since a loaded model does not shrink.
	MemoryUtilization int `json:"memoryUtilization,omitempty" zero:"1 to 100"`

	// The signals below are averages of one pod, to a thousandth. The engine hpa
	// needs prometheus-adapter for them, with the rules that are generated beside
	// the autoscaler; keda asks Prometheus itself.

	// RequestsPerSecond is the wanted rate of requests; see
	// [TargetRequestsPerSecond]. Default 0: the signal is left out.
	RequestsPerSecond float64 `json:"requestsPerSecond,omitempty" zero:"0.001 to 1000000"`
	// QueueSeconds is the wanted time that an item waits for a tower, in the
	// slower of the two: what callers feel first when pods are too few. Default
	// 0: the signal is left out.
	QueueSeconds float64 `json:"queueSeconds,omitempty" zero:"0.001 to 3600"`
	// RequestsInFlight is the wanted number of requests being answered at a
	// time, which rises as soon as they wait for each other. Default 0: the
	// signal is left out.
	RequestsInFlight float64 `json:"requestsInFlight,omitempty" zero:"0.001 to 1000000"`
	// GPUUtilization is the wanted use of a pod's GPUs, in percent, as NVIDIA's
	// DCGM exporter reports it. Default 0: the signal is left out.
	GPUUtilization float64 `json:"gpuUtilization,omitempty" zero:"0.001 to 100"`

	// Custom are signals of one's own, by name and query. Default none.
	Custom []CustomSignal `json:"custom,omitempty"`

	// Metrics are more metrics for the engine hpa, as its spec.metrics has them:
	// of objects, containers, or of an adapter of one's own. Default none.
	Metrics []map[string]any `json:"metrics,omitempty"`

	// RateSeconds is the time over which these averages are taken, 10 to 3600. It
	// must hold four scrapes of the pods; less follows the traffic faster. The
	// services of a cluster share one prometheus-adapter, and so one of its rules.
	// Default 120, for a scrape each 30 s.
	RateSeconds int `json:"rateSeconds,omitempty" zero:"10 to 3600"`

	// Behavior is for the shape of the traffic, spiky or steady. Default
	// Kubernetes' own: up at once and at most by doubling in 15 s, down to the
	// highest recommendation of the last 5 minutes; but spiky with queueSeconds, if
	// neither requestsPerSecond nor scaleDownSeconds is set, since the queue is empty
	// as soon as there are enough pods.
	Behavior Behavior `json:"behavior,omitempty"`
	// ScaleDownSeconds is for how long fewer pods must have been enough before
	// pods go, 1 to 3600. Default the behaviour's.
	ScaleDownSeconds int `json:"scaleDownSeconds,omitempty" zero:"1 to 3600"`

	// OwnBehavior is spec.behavior of the HorizontalPodAutoscaler as Kubernetes
	// has it, in the place of behavior and scaleDownSeconds. Default none.
	OwnBehavior map[string]any `json:"ownBehavior,omitempty"`

	// Engine is hpa or keda. Default hpa.
	Engine Engine `json:"engine,omitempty"`
	// KEDA configures the engine keda.
	KEDA KEDA `json:"keda,omitzero"`
}

// GpuAutoscaler is the one autoscaler of a service. Its fields are the objects
// that it made, for reference and for patches.
type GpuAutoscaler struct {
	constructs.Construct

	HorizontalPodAutoscaler cdk8s.ApiObject // nil with the engine keda
	// AdapterRules holds a configuration for prometheus-adapter under the key
	// config.yaml; nil where no signal needs the adapter.
	AdapterRules cdk8s.ApiObject
	ScaledObject cdk8s.ApiObject // nil with the engine hpa
}

// NewGpuAutoscaler scales a service's Deployment with one
// HorizontalPodAutoscaler (autoscaling/v2, Kubernetes 1.23), or with one
// ScaledObject that has KEDA make it. Its name is the same whatever it follows,
// since two of one Deployment disable each other, and a name that changed would
// leave the former behind. The Deployment then carries no replicas. It panics
// with a [PropsError] where props cannot be deployed.
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
	if p.followsServer() {
		p.Service.rateSeconds = p.RateSeconds
	}
	return a
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

// scaledContainer names the container whose use the autoscaler follows, or is "" for
// all of a pod's. Beside others it is the server: they may request nothing, of which
// nothing is a share, and Kubernetes then knows no use of the pod at all.
func (p RsclipModelServiceProps) scaledContainer() string {
	if len(p.beside()) == 0 || p.minorVersion() < containerMetricsMinor {
		return ""
	}
	return p.Name + "-container"
}

// containerMetricsMinor is the release of Kubernetes from which its autoscaler follows
// a container alone, without a feature gate.
const containerMetricsMinor = 27

// besideContainer is a container that runs beside the server.
type besideContainer struct {
	field     string // such as "pods.sidecars[0]"
	container map[string]any
}

// beside returns the containers that run for as long as the server does.
func (p RsclipModelServiceProps) beside() []besideContainer {
	var all []besideContainer
	for i, container := range p.Pods.Sidecars {
		all = append(all, besideContainer{fmt.Sprintf("pods.sidecars[%d]", i), container})
	}
	for i, container := range p.Pods.InitContainers {
		if container["restartPolicy"] == "Always" {
			all = append(all, besideContainer{fmt.Sprintf("pods.initContainers[%d]", i), container})
		}
	}
	return all
}

// checkResources refuses a signal of which Kubernetes would know nothing, since a
// container beside the server requests none of the resource.
func (p GpuAutoscalerProps) checkResources(c *check) {
	service := p.Service.props
	if service.scaledContainer() != "" {
		return
	}
	for _, beside := range service.beside() {
		for _, s := range p.resourceSignals() {
			if !saysRequest(beside.container, s.name) {
				c.add(s.name+"Utilization", s.utilization, fmt.Sprintf("left out before Kubernetes 1.%d beside a container without a request", containerMetricsMinor),
					fmt.Sprintf("set resources.requests.%s of service.%s, or choose another signal", s.name, beside.field))
			}
		}
	}
}

func (p *GpuAutoscalerProps) withDefaults() GpuAutoscalerProps {
	var d GpuAutoscalerProps
	if p != nil {
		d = *p
	}
	if d.Service != nil {
		setDefault(&d.Name, d.Service.props.Name+"-hpa")
	}
	setDefault(&d.MinReplicas, 2)
	most := 10
	if d.FollowsMetrics() {
		most = 15
	}
	setDefault(&d.MaxReplicas, most)
	setDefault(&d.CPUUtilization, 70)
	setDefault(&d.RateSeconds, 120)
	setDefault(&d.Engine, HPA)
	if d.QueueSeconds > 0 && d.RequestsPerSecond == 0 && d.ScaleDownSeconds == 0 && d.OwnBehavior == nil {
		setDefault(&d.Behavior, Spiky)
	}
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
	if p.Service != nil {
		c.form("name", p.Name, objectName)
		p.Service.props.checkScale(c, p.MaxReplicas)
		p.checkResources(c)
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
	if p.Service != nil && p.followsServer() && 4*secondsOf(p.Service.scrapeInterval) > float64(p.RateSeconds) {
		c.add("rateSeconds", p.RateSeconds, "at least four times the monitoring's scrapeInterval, "+p.Service.scrapeInterval, "raise it, or lower scrapeInterval of the monitoring")
	}
	for _, s := range p.podSignals() {
		c.average(s.field, s.target(p), s.most, "choose a value in that range, or leave it out")
		if s.exporter && p.Service != nil && p.Service.props.Model.Device == config.CPU {
			c.add(s.field, s.target(p), "left out where the model's device is cpu", "choose another signal")
		}
	}
	c.checkCustom(p.Custom)
	checkMetrics(c, p.Metrics, p.Engine)
	if p.CPUUtilization == -1 && p.MemoryUtilization == 0 && !p.FollowsMetrics() && len(p.Metrics) == 0 {
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
	if p.OwnBehavior != nil && (p.Behavior != "" || p.ScaleDownSeconds != 0) {
		c.add("ownBehavior", "", "left out beside behavior and scaleDownSeconds", "write all of it in ownBehavior, or leave it out")
	}
	return c
}

// average refuses the target of an average that no quantity of thousandths can
// hold.
func (c *check) average(field string, value, most float64, fix string) {
	if !(value >= 0.001 && value <= most) {
		c.add(field, value, fmt.Sprintf("0.001 to %.0f", most), fix)
	}
}
