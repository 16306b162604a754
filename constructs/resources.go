package constructs

import (
	"math/big"
	"strconv"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
)

// Resources are what one pod asks for and may use at most.
type Resources struct {
	// Requests default to cpu 2000m, or what gpu.products need, and memory 8Gi.
	Requests ResourceList `json:"requests,omitzero"`
	// Limits default to cpu 4000m, or what gpu.products need if that is more, and
	// memory 16Gi.
	Limits ResourceList `json:"limits,omitzero"`
	// NoCPULimit leaves the limit of cpu out, so that a pod may use what its node
	// has to spare. Default false.
	NoCPULimit bool `json:"noCPULimit,omitempty"`
}

// ResourceList holds Kubernetes quantities.
type ResourceList struct {
	// CPU is in cores, such as "500m" or "4", at most 1024 for a pod. Default that of the list.
	CPU string `json:"cpu,omitempty" number:"text"`
	// Memory is in bytes, such as "512Mi" or "16Gi", at least 1Mi. Default that of the list.
	Memory string `json:"memory,omitempty" number:"text"`
}

func (r Resources) withDefaults() Resources {
	setDefault(&r.Requests.CPU, "2000m")
	setDefault(&r.Requests.Memory, "8Gi")
	if !r.NoCPULimit {
		setDefault(&r.Limits.CPU, "4000m")
	}
	setDefault(&r.Limits.Memory, "16Gi")
	return r
}

func (r Resources) check(c *check) {
	cores := func(field, s string) *big.Rat { return c.cores(field, s, maxCores) }
	for _, p := range []struct {
		name, request, limit string
		quantity             func(field, s string) *big.Rat
	}{
		{"cpu", r.Requests.CPU, r.Limits.CPU, cores},
		{"memory", r.Requests.Memory, r.Limits.Memory, c.bytes},
	} {
		request := p.quantity("resources.requests."+p.name, p.request)
		if p.name == "cpu" && r.NoCPULimit {
			if p.limit != "" {
				c.add("resources.limits.cpu", p.limit, "left out beside noCPULimit", "leave out one of the two")
			}
			continue
		}
		limit := p.quantity("resources.limits."+p.name, p.limit)
		if request != nil && limit != nil && request.Cmp(limit) > 0 {
			c.add("resources.requests."+p.name, p.request, "at most resources.limits."+p.name+", "+p.limit, "lower the request or raise the limit")
		}
	}
}

// requirements renders the container's resources. It asks for the room on the
// node's disk that the pod may fill, if any, lest it be evicted for filling it.
func requirements(r Resources, g GPU, device config.Device, writes string) *k8s.ResourceRequirements {
	render := func(list ResourceList) *map[string]k8s.Quantity {
		m := map[string]k8s.Quantity{"memory": quantity(list.Memory)}
		if list.CPU != "" {
			m["cpu"] = quantity(list.CPU)
		}
		if device != config.CPU {
			m[g.ResourceName] = quantity(strconv.Itoa(g.Count))
		}
		return &m
	}
	requests := render(r.Requests)
	if writes != "" {
		(*requests)["ephemeral-storage"] = quantity(writes)
	}
	return &k8s.ResourceRequirements{Requests: requests, Limits: render(r.Limits)}
}

// writes is what a pod may write to its node's disk, as a quantity.
func (p RsclipModelServiceProps) writes() string {
	sum, _ := parseQuantity(p.Security.TemporaryStorage)
	for _, f := range p.fetches() {
		if f.cache().Claim == nil {
			fetched, _ := parseQuantity(f.cache().SizeLimit)
			sum.Add(sum, fetched)
		}
	}
	return canonical(sum, true)
}
