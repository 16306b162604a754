package constructs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
)

// ResourceQuota bounds what all pods of the namespace may take together, those
// of others included. It must have room for the most replicas and the pods that
// a rollout starts beside them. Default no quota.
type ResourceQuota struct {
	// Pods is the most pods. Default no bound.
	Pods int `json:"pods,omitempty" zero:"1 to 1000000"`
	// GPUs is the most GPUs of the service's resource name. Default no bound.
	GPUs int `json:"gpus,omitempty" zero:"1 to 1000000; set model.device to cpu to have no GPU"`
	// Requests bound the sums of requests. Default no bound.
	Requests ResourceList `json:"requests,omitzero"`
	// Limits bound the sums of limits. Default no bound.
	Limits ResourceList `json:"limits,omitzero"`
}

// maxQuota bounds the pods and GPUs of one namespace.
const maxQuota = 1_000_000

// check refuses what is no bound. [RsclipModelServiceProps.checkScale] refuses
// those that the service itself could not keep.
func (q ResourceQuota) check(c *check, p RsclipModelServiceProps) {
	for field, bound := range map[string]int{"pods": q.Pods, "gpus": q.GPUs} {
		if bound != 0 {
			c.upTo("resourceQuota."+field, bound, maxQuota)
		}
	}
	if p.Model.Device == config.CPU && q.GPUs != 0 {
		c.add("resourceQuota.gpus", q.GPUs, "left out where the model's device is cpu", "leave it out")
	}
	for _, sum := range q.sums() {
		if sum.resource == "cpu" {
			c.cores("resourceQuota."+sum.of+".cpu", sum.bound, maxQuota)
		} else {
			c.bytes("resourceQuota."+sum.of+"."+sum.resource, sum.bound)
		}
	}
	q.checkContainers(c, "pods.sidecars", p.Pods.Sidecars)
	q.checkContainers(c, "pods.initContainers", p.Pods.InitContainers)
}

// quotaSum is a bound of what all containers ask for, or may use at most.
type quotaSum struct{ of, resource, bound string }

// sums returns those that are bounded.
func (q ResourceQuota) sums() []quotaSum {
	return slices.DeleteFunc([]quotaSum{
		{"requests", "cpu", q.Requests.CPU},
		{"requests", "memory", q.Requests.Memory},
		{"limits", "cpu", q.Limits.CPU},
		{"limits", "memory", q.Limits.Memory},
	}, func(s quotaSum) bool { return s.bound == "" })
}

// checkContainers refuses containers that do not say what is bounded: Kubernetes then
// refuses the whole pod.
func (q ResourceQuota) checkContainers(c *check, field string, containers []map[string]any) {
	for i, container := range containers {
		for _, sum := range q.sums() {
			says := saysRequest(container, sum.resource)
			if sum.of == "limits" {
				says = resourcesOf(container).Limits[sum.resource] != nil
			}
			if !says {
				c.add(fmt.Sprintf("%s[%d].resources.%s.%s", field, i, sum.of, sum.resource), "",
					"set where resourceQuota bounds "+sum.of+"."+sum.resource, "set it, since the quota would refuse every pod, or leave that bound out")
			}
		}
	}
}

// containerResources are what a container of a site asks for.
type containerResources struct{ Requests, Limits map[string]any }

func resourcesOf(container map[string]any) (says containerResources) {
	if data, err := json.Marshal(container["resources"]); err == nil {
		_ = json.Unmarshal(data, &says) // What it cannot read, it does not say.
	}
	return says
}

// saysRequest says whether a container requests some of a resource. A limit is the
// request, too, of one that has no other.
func saysRequest(container map[string]any, resource string) bool {
	says := resourcesOf(container)
	return says.Requests[resource] != nil || says.Limits[resource] != nil
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
