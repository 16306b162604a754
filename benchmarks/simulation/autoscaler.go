package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// What a cluster's controller does unless its administrator says otherwise.
// Source: Kubernetes 1.34, kube-controller-manager's flags.
const (
	syncSeconds = 15  // between looks at the metrics
	tolerance   = 0.1 // by how much a metric may miss its target
)

// Autoscaler is a HorizontalPodAutoscaler with one metric, an average of its pods.
// Its arithmetic is that of Kubernetes 1.34, pkg/controller/podautoscaler.
type Autoscaler struct {
	Min, Max int
	Target   float64 // of a pod, in the metric's unit
	up, down *rules  // nil where the controller's own hold

	recommendations []count // before they were stabilised
	added, removed  []count
}

// rules are one direction of spec.behavior.
type rules struct {
	StabilizationWindowSeconds *float64 `json:"stabilizationWindowSeconds"`
	SelectPolicy               string   `json:"selectPolicy"`
	Policies                   []policy `json:"policies"`
}

type policy struct {
	Type          string  `json:"type"`
	Value         float64 `json:"value"`
	PeriodSeconds float64 `json:"periodSeconds"`
}

// count is a number, of pods or answers, at a time in seconds.
type count struct {
	at float64
	n  int
}

// The metrics' names in the constructs' manifests. CPU is the use of what pods
// request, in percent.
const (
	requestsMetric = "requests_per_second"
	queueMetric    = "queue_seconds"
	cpuMetric      = "cpu"
)

// ReadAutoscaler reads the HorizontalPodAutoscaler of a file of manifests, which
// must scale on that metric.
func ReadAutoscaler(file, metric string) (*Autoscaler, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading an autoscaler: %w", err)
	}
	for document := range strings.SplitSeq(string(data), "\n---\n") {
		var object struct {
			Kind string `json:"kind"`
			Spec struct {
				MinReplicas int `json:"minReplicas"`
				MaxReplicas int `json:"maxReplicas"`
				Metrics     []struct {
					Resource struct {
						Name   string `json:"name"`
						Target struct {
							AverageUtilization float64 `json:"averageUtilization"`
						} `json:"target"`
					} `json:"resource"`
					Pods struct {
						Metric struct {
							Name string `json:"name"`
						} `json:"metric"`
						Target struct {
							AverageValue any `json:"averageValue"`
						} `json:"target"`
					} `json:"pods"`
				} `json:"metrics"`
				Behavior *struct {
					ScaleUp   rules `json:"scaleUp"`
					ScaleDown rules `json:"scaleDown"`
				} `json:"behavior"`
			} `json:"spec"`
		}
		if err := yaml.Unmarshal([]byte(document), &object); err != nil {
			return nil, fmt.Errorf("reading an autoscaler: %s: %w", file, err)
		}
		if object.Kind != "HorizontalPodAutoscaler" {
			continue
		}
		a := &Autoscaler{Min: max(1, object.Spec.MinReplicas), Max: object.Spec.MaxReplicas}
		for _, m := range object.Spec.Metrics {
			if m.Resource.Name == metric {
				a.Target = m.Resource.Target.AverageUtilization
			}
			if m.Pods.Metric.Name == metric {
				if a.Target, err = quantity(fmt.Sprint(m.Pods.Target.AverageValue)); err != nil {
					return nil, fmt.Errorf("reading an autoscaler: %s: %w", file, err)
				}
			}
		}
		if a.Target <= 0 {
			return nil, fmt.Errorf("reading an autoscaler: %s has no target for %s: set it in autoscaler", file, metric)
		}
		if b := object.Spec.Behavior; b != nil {
			a.up, a.down = b.ScaleUp.withDefaults(0, policy{"Pods", 4, 15}, policy{"Percent", 100, 15}), b.ScaleDown.withDefaults(300, policy{"Percent", 100, 15})
		}
		return a, nil
	}
	return nil, fmt.Errorf("reading an autoscaler: %s has no HorizontalPodAutoscaler", file)
}

// quantity reads a number as Kubernetes writes those of requests: 6, 1500m.
func quantity(s string) (float64, error) {
	digits, milli := strings.CutSuffix(s, "m")
	value, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, fmt.Errorf("the quantity %q is none: write it as 6, 1.5 or 1500m", s)
	}
	if milli {
		value /= 1000
	}
	return value, nil
}

// withDefaults fills in what the API server would.
func (r rules) withDefaults(window float64, policies ...policy) *rules {
	if r.StabilizationWindowSeconds == nil {
		r.StabilizationWindowSeconds = &window
	}
	if len(r.Policies) == 0 {
		r.Policies = policies
	}
	return &r
}

// Desire returns how many pods there should be: of pods that there are, those in
// rates have told theirs, in the metric's unit, and the others have not yet.
func (a *Autoscaler) Desire(now float64, pods int, rates []float64) int {
	wanted := a.stabilise(now, pods, a.byMetric(pods, rates))
	wanted = min(max(a.limit(now, pods, wanted), a.Min), a.Max)
	switch {
	case wanted > pods:
		a.added = append(a.added, count{now, wanted - pods})
	case wanted < pods:
		a.removed = append(a.removed, count{now, pods - wanted})
	}
	return wanted
}

// byMetric is what the metric alone asks for. Pods without one count as idle
// when others ask for more, and as just busy when they ask for fewer.
func (a *Autoscaler) byMetric(pods int, rates []float64) int {
	if len(rates) == 0 {
		return pods
	}
	sum := 0.0
	for _, r := range rates {
		sum += r
	}
	within := func(ratio float64) bool { return 1-tolerance <= ratio && ratio <= 1+tolerance }
	ratio := sum / float64(len(rates)) / a.Target
	missing := pods - len(rates)
	if missing == 0 {
		if within(ratio) {
			return pods
		}
		return int(math.Ceil(ratio * float64(len(rates))))
	}
	if ratio < 1 {
		sum += a.Target * float64(missing)
	}
	all := sum / float64(pods) / a.Target
	if within(all) || (ratio < 1 && all > 1) || (ratio > 1 && all < 1) {
		return pods
	}
	wanted := int(math.Ceil(all * float64(pods)))
	if (all < 1 && wanted > pods) || (all > 1 && wanted < pods) {
		return pods
	}
	return wanted
}

// stabilise takes the most cautious of recent recommendations.
func (a *Autoscaler) stabilise(now float64, pods, wanted int) int {
	upWindow, downWindow := 0.0, 300.0
	if a.up != nil {
		upWindow, downWindow = *a.up.StabilizationWindowSeconds, *a.down.StabilizationWindowSeconds
	}
	least, most := wanted, wanted
	a.recommendations = slices.DeleteFunc(a.recommendations, func(r count) bool { return r.at <= now-max(upWindow, downWindow) })
	for _, r := range a.recommendations {
		if r.at > now-upWindow {
			least = min(least, r.n)
		}
		if r.at > now-downWindow {
			most = max(most, r.n)
		}
	}
	a.recommendations = append(a.recommendations, count{now, wanted})
	return min(max(pods, least), most)
}

// limit keeps changes within the policies.
func (a *Autoscaler) limit(now float64, pods, wanted int) int {
	if a.up == nil { // Source: calculateScaleUpLimit.
		return min(wanted, max(2*pods, 4))
	}
	switch {
	case wanted > pods:
		return min(wanted, max(pods, a.bound(now, pods, a.up, 1)))
	case wanted < pods:
		return max(wanted, min(pods, a.bound(now, pods, a.down, -1)))
	}
	return wanted
}

// bound is the number of pods that a direction's policies allow now.
func (a *Autoscaler) bound(now float64, pods int, r *rules, direction int) int {
	if r.SelectPolicy == "Disabled" {
		return pods
	}
	change := func(events []count, seconds float64) (n int) {
		for _, e := range events {
			if e.at > now-seconds {
				n += e.n
			}
		}
		return n
	}
	var bounds []int
	for _, p := range r.Policies {
		before := pods - change(a.added, p.PeriodSeconds) + change(a.removed, p.PeriodSeconds)
		switch {
		case p.Type == "Pods":
			bounds = append(bounds, before+direction*int(p.Value))
		case direction > 0:
			bounds = append(bounds, int(math.Ceil(float64(before)*(1+p.Value/100))))
		default:
			bounds = append(bounds, int(float64(before)*(1-p.Value/100)))
		}
	}
	if (direction > 0) == (r.SelectPolicy != "Min") {
		return slices.Max(bounds)
	}
	return slices.Min(bounds)
}
