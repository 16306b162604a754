package constructs

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"
)

// Spread is how strictly the pods of a service are kept apart.
type Spread string

// The ways to spread pods.
const (
	Prefer  Spread = "prefer"  // spread where possible, and run where not
	Require Spread = "require" // wait rather than run unevenly
)

// Scheduling says on which nodes the pods of a service run. Default anywhere.
type Scheduling struct {
	// NodeLabels are labels that a node must have: for each key one of the values.
	// Default none.
	NodeLabels map[string][]string `json:"nodeLabels,omitempty"`
	// PreferredZones are zones that pods go to first, such as those of the store
	// that pictures are fetched from, so that fetching crosses no zone. Default
	// none.
	PreferredZones []string `json:"preferredZones,omitempty"`
	// NearPods are the labels of pods of the same namespace whose zone is
	// preferred, such as those of a cache or of the service that calls this one.
	// Default none.
	NearPods map[string]string `json:"nearPods,omitempty"`
	// SpreadZones keeps the pods apart over zones, prefer or require, to survive
	// the loss of one. Default no spreading of its own.
	SpreadZones Spread `json:"spreadZones,omitempty"`
	// SpreadHosts keeps the pods apart over nodes, prefer or require. Nodes whose
	// taints keep the pods away are not counted, from a kubernetesVersion of 1.26.
	// Default no spreading of its own.
	SpreadHosts Spread `json:"spreadHosts,omitempty"`
	// Tolerations let pods run on tainted nodes, as GPU nodes often are. Default
	// none.
	Tolerations []Toleration `json:"tolerations,omitempty"`
	// PriorityClassName names a PriorityClass. Default the cluster's.
	PriorityClassName string `json:"priorityClassName,omitempty"`
}

// Toleration matches a taint of a node.
type Toleration struct {
	// Key is the taint's key, such as "nvidia.com/gpu". Required.
	Key string `json:"key"`
	// Value is the taint's value. Default any.
	Value string `json:"value,omitempty"`
	// Effect is NoSchedule, PreferNoSchedule or NoExecute. Default all.
	Effect string `json:"effect,omitempty"`
}

const (
	zoneLabel = "topology.kubernetes.io/zone"
	hostLabel = "kubernetes.io/hostname"
)

func (s Scheduling) check(c *check) {
	for _, key := range slices.Sorted(maps.Keys(s.NodeLabels)) {
		field := "scheduling.nodeLabels." + key
		c.form(field, key, labelKey)
		if len(s.NodeLabels[key]) == 0 {
			c.add(field, "", "one value or more", "list the values that a node may have, or leave the key out")
		}
		for i, value := range s.NodeLabels[key] {
			c.form(fmt.Sprintf("%s[%d]", field, i), value, nodeLabelValue)
		}
	}
	for i, zone := range s.PreferredZones {
		c.form(fmt.Sprintf("scheduling.preferredZones[%d]", i), zone, nodeLabelValue)
	}
	c.labels("scheduling.nearPods", s.NearPods)
	if s.SpreadZones != "" {
		oneOf(c, "scheduling.spreadZones", s.SpreadZones, Prefer, Require)
	}
	if s.SpreadHosts != "" {
		oneOf(c, "scheduling.spreadHosts", s.SpreadHosts, Prefer, Require)
	}
	for i, t := range s.Tolerations {
		field := fmt.Sprintf("scheduling.tolerations[%d]", i)
		c.form(field+".key", t.Key, labelKey)
		c.form(field+".value", t.Value, labelValue)
		if t.Effect != "" {
			oneOf(c, field+".effect", t.Effect, "NoSchedule", "PreferNoSchedule", "NoExecute")
		}
	}
	if s.PriorityClassName != "" {
		c.form("scheduling.priorityClassName", s.PriorityClassName, objectName)
	}
}

// render adds to a pod where it may run.
func (s Scheduling) render(spec *k8s.PodSpec, labels *map[string]*string, minor int) {
	for _, key := range slices.Sorted(maps.Keys(s.NodeLabels)) {
		requireNodes(spec, key, s.NodeLabels[key])
	}
	if len(s.PreferredZones) > 0 {
		nodeAffinity(spec).PreferredDuringSchedulingIgnoredDuringExecution = &[]*k8s.PreferredSchedulingTerm{{
			Weight:     new(float64(100)),
			Preference: &k8s.NodeSelectorTerm{MatchExpressions: &[]*k8s.NodeSelectorRequirement{in(zoneLabel, s.PreferredZones)}},
		}}
	}
	if len(s.NearPods) > 0 {
		affinity(spec).PodAffinity = &k8s.PodAffinity{PreferredDuringSchedulingIgnoredDuringExecution: &[]*k8s.WeightedPodAffinityTerm{{
			Weight: new(float64(50)),
			PodAffinityTerm: &k8s.PodAffinityTerm{
				TopologyKey: new(zoneLabel), LabelSelector: &k8s.LabelSelector{MatchLabels: pointers(s.NearPods)},
			},
		}}}
	}
	var spread []*k8s.TopologySpreadConstraint
	for _, over := range []struct {
		key    string
		spread Spread
	}{{zoneLabel, s.SpreadZones}, {hostLabel, s.SpreadHosts}} {
		if over.spread == "" {
			continue
		}
		otherwise := map[Spread]string{Prefer: "ScheduleAnyway", Require: "DoNotSchedule"}[over.spread]
		constraint := &k8s.TopologySpreadConstraint{
			MaxSkew: new(float64(1)), TopologyKey: &over.key, WhenUnsatisfiable: &otherwise,
			LabelSelector: &k8s.LabelSelector{MatchLabels: labels},
		}
		if minor >= 26 { // Nodes on which no pod may run are not counted as empty.
			constraint.NodeTaintsPolicy = new("Honor")
		}
		if minor >= 27 { // The pods of the version before are not counted.
			constraint.MatchLabelKeys = &[]*string{new("pod-template-hash")}
		}
		spread = append(spread, constraint)
	}
	if len(spread) > 0 {
		spec.TopologySpreadConstraints = &spread
	}
	if len(s.Tolerations) > 0 {
		tolerations := make([]*k8s.Toleration, len(s.Tolerations))
		for i, t := range s.Tolerations {
			tolerations[i] = t.render()
		}
		spec.Tolerations = &tolerations
	}
	if s.PriorityClassName != "" {
		spec.PriorityClassName = &s.PriorityClassName
	}
}

func (t Toleration) render() *k8s.Toleration {
	r := &k8s.Toleration{Key: &t.Key, Operator: new("Exists")}
	if t.Value != "" {
		r.Operator, r.Value = new("Equal"), &t.Value
	}
	if t.Effect != "" {
		r.Effect = &t.Effect
	}
	return r
}

// requireNodes restricts a pod to nodes whose label has one of the values,
// besides what restricts it already.
func requireNodes(spec *k8s.PodSpec, key string, values []string) {
	node := nodeAffinity(spec)
	if node.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		// The expressions of one term must all hold; of several terms one suffices.
		node.RequiredDuringSchedulingIgnoredDuringExecution = &k8s.NodeSelector{
			NodeSelectorTerms: &[]*k8s.NodeSelectorTerm{{MatchExpressions: new([]*k8s.NodeSelectorRequirement)}},
		}
	}
	expressions := (*node.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms)[0].MatchExpressions
	*expressions = append(*expressions, in(key, values))
}

func in(key string, values []string) *k8s.NodeSelectorRequirement {
	list := make([]*string, len(values))
	for i, value := range values {
		list[i] = &value
	}
	return &k8s.NodeSelectorRequirement{Key: &key, Operator: new("In"), Values: &list}
}

func affinity(spec *k8s.PodSpec) *k8s.Affinity {
	if spec.Affinity == nil {
		spec.Affinity = &k8s.Affinity{}
	}
	return spec.Affinity
}

func nodeAffinity(spec *k8s.PodSpec) *k8s.NodeAffinity {
	a := affinity(spec)
	if a.NodeAffinity == nil {
		a.NodeAffinity = &k8s.NodeAffinity{}
	}
	return a.NodeAffinity
}

// pointersTo returns a list as jsii takes it, or nil where it is empty.
func pointersTo(list []string) *[]*string {
	if len(list) == 0 {
		return nil
	}
	pointers := make([]*string, len(list))
	for i, s := range list {
		pointers[i] = &s
	}
	return &pointers
}

// pointers returns a map as jsii takes it.
func pointers(m map[string]string) *map[string]*string {
	out := make(map[string]*string, len(m))
	for key, value := range m {
		out[key] = &value
	}
	return &out
}
