package constructs

import (
	"math"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"
)

// Behavior is how fast an autoscaler follows its signals.
type Behavior string

// The behaviours of autoscalers.
const (
	// Spiky is for traffic that comes in bursts: up at once, by doubling or by
	// four pods in half a minute, and down by one pod a minute after ten quiet
	// minutes, since the next burst would wait for models to load.
	Spiky Behavior = "spiky"
	// Steady is for traffic that rises and falls over the day: up by one pod a
	// minute once two minutes have asked for it, and down by a tenth of the pods a
	// minute after five.
	Steady Behavior = "steady"
)

// pace is how an autoscaler moves in one direction.
type pace struct {
	window  float64 // seconds of recommendations of which the most cautious counts
	period  float64 // seconds in which one of the policies may be used up
	pods    float64 // 0 is no such policy
	percent float64
}

var behaviors = map[Behavior]struct{ up, down pace }{
	Spiky:  {up: pace{window: 0, period: 30, pods: 4, percent: 100}, down: pace{window: 600, period: 60, pods: 1}},
	Steady: {up: pace{window: 120, period: 60, pods: 1}, down: pace{window: 300, period: 60, percent: 10}},
}

// pace returns nil where Kubernetes' own holds.
func (p GpuAutoscalerProps) pace() *k8s.HorizontalPodAutoscalerBehaviorV2 {
	var rules *k8s.HorizontalPodAutoscalerBehaviorV2
	if behavior, ok := behaviors[p.Behavior]; ok {
		rules = &k8s.HorizontalPodAutoscalerBehaviorV2{ScaleUp: behavior.up.render(), ScaleDown: behavior.down.render()}
	}
	if p.ScaleDownSeconds > 0 {
		setDefault(&rules, &k8s.HorizontalPodAutoscalerBehaviorV2{ScaleDown: &k8s.HpaScalingRulesV2{}})
		rules.ScaleDown.StabilizationWindowSeconds = new(float64(p.ScaleDownSeconds))
	}
	return rules
}

func (p pace) render() *k8s.HpaScalingRulesV2 {
	var policies []*k8s.HpaScalingPolicyV2
	for _, policy := range []struct {
		kind  string
		value float64
	}{{"Pods", p.pods}, {"Percent", p.percent}} {
		if policy.value > 0 {
			policies = append(policies, &k8s.HpaScalingPolicyV2{Type: &policy.kind, Value: &policy.value, PeriodSeconds: &p.period})
		}
	}
	return &k8s.HpaScalingRulesV2{StabilizationWindowSeconds: &p.window, Policies: &policies}
}

// hpaTolerance is by how much a metric may exceed its target before a
// HorizontalPodAutoscaler acts: a tenth, unless the cluster says otherwise.
const hpaTolerance = 0.1

// TargetRequestsPerSecond returns the target for
// [GpuAutoscalerProps.RequestsPerSecond]: the average rate of one pod at which
// to ask for another.
//
// Measured is the highest rate that one pod sustains within its latency
// objective. Growth is the ratio by which traffic grows while a new pod
// schedules and loads its model: 0.5 where it may grow by half. At the target,
// exceeded by the autoscaler's tolerance and grown so, a pod is just full:
//
//	target * (1 + tolerance) * (1 + growth) = measured
//
// The result is rounded down to a thousandth.
func TargetRequestsPerSecond(measured, growth float64) float64 {
	// The nudge keeps what binary fractions miss by an ulp.
	return math.Floor(measured/(1+hpaTolerance)/(1+growth)*1000+1e-6) / 1000
}
