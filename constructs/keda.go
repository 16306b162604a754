package constructs

import (
	"net/url"
	"reflect"
	"strconv"

	"github.com/seed-74198975/rsclip/imports/kedash"
)

// KEDA configures the engine [Keda].
type KEDA struct {
	// PrometheusAddress is the URL at which KEDA asks Prometheus. Default
	// "http://prometheus-operated.monitoring.svc:9090".
	PrometheusAddress string `json:"prometheusAddress,omitempty"`
	// Authentication names a TriggerAuthentication of the namespace by which KEDA
	// asks Prometheus; its parameters go beside it as Metadata. Default none.
	Authentication string `json:"authentication,omitempty"`
	// AuthenticationOfCluster says that it is a ClusterTriggerAuthentication.
	// Default false.
	AuthenticationOfCluster bool `json:"authenticationOfCluster,omitempty"`
	// Metadata are more parameters of the triggers that ask Prometheus, such as
	// authModes or customHeaders. Default none.
	Metadata map[string]string `json:"metadata,omitempty"`
	// PollingSeconds is how often KEDA looks whether there must be pods at all,
	// 1 to 3600. Default 15.
	PollingSeconds int `json:"pollingSeconds,omitempty" zero:"1 to 3600"`
	// ScaleToZero takes the last pods away while nobody asks. The next requests
	// are refused by the Service, or held by a gateway that can, until a pod has
	// loaded its model; and while Prometheus cannot be asked, nothing wakes the
	// service. It needs WakeQuery and requestsPerSecond. Default false.
	ScaleToZero bool `json:"scaleToZero,omitempty"`
	// WakeQuery is PromQL for the requests per second that want the service, from
	// something that counts them when there are no pods, such as a gateway's
	// metrics. More than 0 wakes the service; requestsPerSecond is its target. No
	// value is an error, so a counter that its first request makes needs
	// "or vector(0)". Default none.
	WakeQuery string `json:"wakeQuery,omitempty"`
	// CooldownSeconds is how long nobody must have asked before the last pods go,
	// 1 to 86400. Default 300.
	CooldownSeconds int `json:"cooldownSeconds,omitempty" zero:"1 to 86400"`
	// FallbackReplicas is how many pods there are once Prometheus has failed to
	// answer three times, 1 to maxReplicas; none stay none. Default minReplicas.
	FallbackReplicas int `json:"fallbackReplicas,omitempty" zero:"1 to maxReplicas"`
}

// failuresBeforeFallback is how often a trigger fails before the fallback holds.
const failuresBeforeFallback = 3

// takeOver lets KEDA own the HorizontalPodAutoscaler that the engine hpa has
// left, which has the same name; it refuses to scale beside it.
const takeOver = "scaledobject.keda.sh/transfer-hpa-ownership"

func (k KEDA) withDefaults(minReplicas int) KEDA {
	setDefault(&k.PrometheusAddress, "http://prometheus-operated.monitoring.svc:9090")
	setDefault(&k.PollingSeconds, 15)
	setDefault(&k.CooldownSeconds, 300)
	setDefault(&k.FallbackReplicas, minReplicas)
	return k
}

func (k KEDA) check(c *check, p GpuAutoscalerProps) {
	if p.Engine != Keda {
		if !reflect.ValueOf(k).IsZero() {
			c.add("keda", "", "left out with the engine hpa", "set engine to keda, or leave keda out")
		}
		return
	}
	if u, err := url.Parse(k.PrometheusAddress); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		c.add("keda.prometheusAddress", k.PrometheusAddress, "an http or https URL", "name the Service of Prometheus, such as http://prometheus-operated.monitoring.svc:9090")
	}
	if k.Authentication != "" {
		c.form("keda.authentication", k.Authentication, objectName)
	} else if k.AuthenticationOfCluster {
		c.add("keda.authenticationOfCluster", "true", "left out without keda.authentication", "name the ClusterTriggerAuthentication, or leave it out")
	}
	for _, taken := range []string{"serverAddress", "query", "threshold", "activationThreshold", "ignoreNullValues"} {
		if value, ok := k.Metadata[taken]; ok {
			c.add("keda.metadata."+taken, value, "left out", "leave it out, since it follows from the signals")
		}
	}
	c.upTo("keda.pollingSeconds", k.PollingSeconds, 3600)
	c.upTo("keda.cooldownSeconds", k.CooldownSeconds, 86400)
	c.upTo("keda.fallbackReplicas", k.FallbackReplicas, p.MaxReplicas)
	if k.ScaleToZero && k.WakeQuery == "" {
		c.add("keda.wakeQuery", "", "a query that counts requests when there are no pods", "ask the gateway's metrics, since the pods' own end with the pods, or leave scaleToZero out")
	}
	if k.WakeQuery != "" {
		c.query("keda.wakeQuery", k.WakeQuery)
	}
	if k.WakeQuery != "" && p.RequestsPerSecond == 0 {
		c.add("requestsPerSecond", 0, "set beside keda.wakeQuery", "say how many requests per second one pod should have")
	}
}

// addScaledObject adds the ScaledObject.
func (p GpuAutoscalerProps) addScaledObject(a *GpuAutoscaler) {
	service := p.Service.props
	spec := &kedash.ScaledObjectSpec{
		ScaleTargetRef:  &kedash.ScaledObjectSpecScaleTargetRef{Name: service.metadata("-deployment").Name},
		MinReplicaCount: new(float64(p.MinReplicas)),
		MaxReplicaCount: new(float64(p.MaxReplicas)),
		PollingInterval: new(float64(p.KEDA.PollingSeconds)),
		Triggers:        p.triggers(),
		Advanced: &kedash.ScaledObjectSpecAdvanced{HorizontalPodAutoscalerConfig: &kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfig{
			Name: &p.Name, Behavior: p.kedaPace(),
		}},
	}
	if p.KEDA.ScaleToZero {
		spec.IdleReplicaCount = new(0.0)
		spec.CooldownPeriod = new(float64(p.KEDA.CooldownSeconds))
	}
	// KEDA refuses a fallback where no trigger can be averaged.
	if p.FollowsMetrics() {
		spec.Fallback = &kedash.ScaledObjectSpecFallback{
			FailureThreshold: new(float64(failuresBeforeFallback)), Replicas: new(float64(p.KEDA.FallbackReplicas)),
		}
	}
	metadata := service.apiMetadata("-scaler")
	metadata.Annotations = pointers(map[string]string{takeOver: "true"})
	manifest := kedash.ScaledObject_Manifest(&kedash.ScaledObjectProps{Metadata: metadata, Spec: spec}).(map[string]any)
	if p.OwnBehavior != nil {
		advanced := manifest["spec"].(map[string]any)["advanced"].(map[string]any)
		advanced["horizontalPodAutoscalerConfig"].(map[string]any)["behavior"] = p.OwnBehavior
	}
	a.ScaledObject = newObject(a.Construct, "ScaledObject", service, manifest)
}

// triggers returns a trigger for each signal, and for the query that wakes.
func (p GpuAutoscalerProps) triggers() *[]*kedash.ScaledObjectSpecTriggers {
	var triggers []*kedash.ScaledObjectSpecTriggers
	var authentication *kedash.ScaledObjectSpecTriggersAuthenticationRef
	if p.KEDA.Authentication != "" {
		authentication = &kedash.ScaledObjectSpecTriggersAuthenticationRef{Name: &p.KEDA.Authentication}
		if p.KEDA.AuthenticationOfCluster {
			authentication.Kind = new("ClusterTriggerAuthentication")
		}
	}
	prometheus := func(name, query string, target, activation float64, ignoreNull bool) {
		triggers = append(triggers, &kedash.ScaledObjectSpecTriggers{
			Type: new("prometheus"), Name: &name, MetricType: new("AverageValue"), AuthenticationRef: authentication,
			Metadata: &map[string]*string{
				"serverAddress":       &p.KEDA.PrometheusAddress,
				"query":               &query,
				"threshold":           new(number(target)),
				"activationThreshold": new(number(activation)),
				"ignoreNullValues":    new(strconv.FormatBool(ignoreNull)),
			},
		})
		for key, value := range p.KEDA.Metadata {
			(*triggers[len(triggers)-1].Metadata)[key] = &value
		}
	}
	if p.KEDA.WakeQuery != "" {
		prometheus(wakeTrigger, p.KEDA.WakeQuery, p.RequestsPerSecond, 0, false)
	}
	for _, s := range p.podSignals() {
		activation := 0.0
		if p.KEDA.ScaleToZero && s.restless {
			activation = s.target(p)
		}
		// Without pods their metrics are absent, and nothing is wrong; with pods,
		// it is a target that Prometheus has lost.
		prometheus(s.metric, s.total(p.Service.props, p.RateSeconds), s.target(p), activation, p.KEDA.ScaleToZero)
	}
	for _, s := range p.Custom {
		prometheus(s.Name, s.Query, s.Target, 0, false)
	}
	for _, s := range p.resourceSignals() {
		metadata := map[string]*string{"value": new(strconv.Itoa(s.utilization))}
		if container := p.Service.props.scaledContainer(); container != "" {
			metadata["containerName"] = &container
		}
		triggers = append(triggers, &kedash.ScaledObjectSpecTriggers{Type: &s.name, MetricType: new("Utilization"), Metadata: &metadata})
	}
	return &triggers
}

// kedaPace is what [GpuAutoscalerProps.pace] returns, in KEDA's types.
func (p GpuAutoscalerProps) kedaPace() *kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehavior {
	rules := p.pace()
	if rules == nil {
		return nil
	}
	pace := new(kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehavior)
	if up := rules.ScaleUp; up != nil {
		var policies []*kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpPolicies
		for _, policy := range *up.Policies {
			policies = append(policies, &kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUpPolicies{
				Type: policy.Type, Value: policy.Value, PeriodSeconds: policy.PeriodSeconds,
			})
		}
		pace.ScaleUp = &kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleUp{
			Policies: &policies, StabilizationWindowSeconds: up.StabilizationWindowSeconds,
		}
	}
	pace.ScaleDown = &kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDown{
		StabilizationWindowSeconds: rules.ScaleDown.StabilizationWindowSeconds,
	}
	if rules.ScaleDown.Policies != nil {
		var policies []*kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownPolicies
		for _, policy := range *rules.ScaleDown.Policies {
			policies = append(policies, &kedash.ScaledObjectSpecAdvancedHorizontalPodAutoscalerConfigBehaviorScaleDownPolicies{
				Type: policy.Type, Value: policy.Value, PeriodSeconds: policy.PeriodSeconds,
			})
		}
		pace.ScaleDown.Policies = &policies
	}
	return pace
}
