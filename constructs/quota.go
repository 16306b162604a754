package constructs

import (
	"fmt"
	"math/big"
	"strconv"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
)

// ResourceQuota bounds what all pods of the namespace may take together, those
// of others included. Leave room for one pod more than the most replicas, which
// a rollout starts. Default no quota.
type ResourceQuota struct {
	// Pods is the most pods. Default no bound.
	Pods int `json:"pods,omitempty"`
	// GPUs is the most GPUs of the service's resource name. Default no bound.
	GPUs int `json:"gpus,omitempty"`
	// Requests bound the sums of requests. Default no bound.
	Requests ResourceList `json:"requests,omitzero"`
	// Limits bound the sums of limits. Default no bound.
	Limits ResourceList `json:"limits,omitzero"`
}

// maxQuota bounds the pods and GPUs of one namespace.
const maxQuota = 1_000_000

// check refuses bounds that the service itself could never keep.
func (q ResourceQuota) check(c *check, p RsclipModelServiceProps) {
	count := func(field string, bound, need int) {
		if bound == 0 {
			return
		}
		c.upTo(field, bound, maxQuota)
		if bound > 0 && bound < need {
			c.add(field, bound, fmt.Sprintf("at least %d, which the replicas need", need), "raise it, or lower replicas")
		}
	}
	count("resourceQuota.pods", q.Pods, p.Replicas)
	switch {
	case p.Model.Device != config.CPU:
		count("resourceQuota.gpus", q.GPUs, p.Replicas*p.GPU.Count)
	case q.GPUs != 0:
		c.add("resourceQuota.gpus", q.GPUs, "left out where the model's device is cpu", "leave it out")
	}
	for _, sum := range []struct{ name, bound, pod string }{
		{"requests.cpu", q.Requests.CPU, p.Resources.Requests.CPU},
		{"requests.memory", q.Requests.Memory, p.Resources.Requests.Memory},
		{"limits.cpu", q.Limits.CPU, p.Resources.Limits.CPU},
		{"limits.memory", q.Limits.Memory, p.Resources.Limits.Memory},
	} {
		if sum.bound == "" {
			continue
		}
		bound := c.quantity("resourceQuota."+sum.name, sum.bound)
		pod, ok := parseQuantity(sum.pod)
		if bound != nil && ok && bound.Cmp(pod.Mul(pod, big.NewRat(int64(p.Replicas), 1))) < 0 {
			c.add("resourceQuota."+sum.name, sum.bound, fmt.Sprintf("at least %d times resources.%s, %s", p.Replicas, sum.name, sum.pod), "raise it, or lower replicas")
		}
	}
}

// spec returns nil where nothing is bounded.
func (q ResourceQuota) spec(g GPU) *k8s.ResourceQuotaSpec {
	hard := map[string]k8s.Quantity{}
	for resource, bound := range map[string]string{
		"requests.cpu": q.Requests.CPU, "requests.memory": q.Requests.Memory,
		"limits.cpu": q.Limits.CPU, "limits.memory": q.Limits.Memory,
	} {
		if bound != "" {
			hard[resource] = quantity(bound)
		}
	}
	for resource, bound := range map[string]int{"pods": q.Pods, "requests." + g.ResourceName: q.GPUs} {
		if bound != 0 {
			hard[resource] = quantity(strconv.Itoa(bound))
		}
	}
	if len(hard) == 0 {
		return nil
	}
	return &k8s.ResourceQuotaSpec{Hard: &hard}
}
