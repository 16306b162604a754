package constructs

import (
	"strconv"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"
)

// DisruptionBudget says how many pods of a service a drain of nodes may take
// away at a time. It counts pods that may be missing and not pods that must be
// there, so that it holds no drain up for good, not even of a single replica.
type DisruptionBudget struct {
	// Disabled leaves the PodDisruptionBudget out: a drain may then take every
	// pod at once. Default false.
	Disabled bool `json:"disabled,omitempty"`
	// MaxUnavailable is how many pods may be missing at a time. Default 1.
	MaxUnavailable int `json:"maxUnavailable,omitempty" zero:"1 to 1000"`
	// MaxUnavailablePercent says the same in percent of the pods, 1 to 100,
	// rounded up. Default none.
	MaxUnavailablePercent int `json:"maxUnavailablePercent,omitempty" zero:"1 to 100"`
	// EvictUnhealthy lets a drain take pods that are running and not ready
	// whatever else is missing; else a service of which no pod gets ready holds
	// drains up until it is mended or deleted. Needs Kubernetes 1.27. Default
	// false.
	EvictUnhealthy bool `json:"evictUnhealthy,omitempty"`
}

func (d DisruptionBudget) withDefaults() DisruptionBudget {
	if d.MaxUnavailablePercent == 0 {
		setDefault(&d.MaxUnavailable, 1)
	}
	return d
}

func (d DisruptionBudget) check(c *check, minor int) {
	if d.EvictUnhealthy && minor < 27 {
		c.add("disruptionBudget.evictUnhealthy", "true", "left out before Kubernetes 1.27", "leave it out, or set kubernetesVersion")
	}
	if d.MaxUnavailablePercent != 0 {
		c.upTo("disruptionBudget.maxUnavailablePercent", d.MaxUnavailablePercent, 100)
		if d.MaxUnavailable != 0 {
			c.add("disruptionBudget.maxUnavailable", d.MaxUnavailable, "left out beside maxUnavailablePercent", "keep one of them")
		}
		return
	}
	c.upTo("disruptionBudget.maxUnavailable", d.MaxUnavailable, maxReplicas)
}

func (d DisruptionBudget) spec(labels *map[string]*string) *k8s.PodDisruptionBudgetSpec {
	spec := &k8s.PodDisruptionBudgetSpec{
		MaxUnavailable: intOrString(float64(d.MaxUnavailable)),
		Selector:       &k8s.LabelSelector{MatchLabels: labels},
	}
	if d.MaxUnavailablePercent != 0 {
		spec.MaxUnavailable = k8s.IntOrString_FromString(new(strconv.Itoa(d.MaxUnavailablePercent) + "%"))
	}
	if d.EvictUnhealthy {
		spec.UnhealthyPodEvictionPolicy = new("AlwaysAllow")
	}
	return spec
}
