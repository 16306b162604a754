package constructs

import (
	"strconv"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
)

// Resources are what one pod asks for and may use at most.
type Resources struct {
	// Requests default to cpu 2000m and memory 8Gi.
	Requests ResourceList `json:"requests,omitzero"`
	// Limits default to cpu 4000m and memory 16Gi.
	Limits ResourceList `json:"limits,omitzero"`
}

// ResourceList holds Kubernetes quantities.
type ResourceList struct {
	// CPU is in cores, such as "500m" or "4". Default that of the list.
	CPU string `json:"cpu,omitempty"`
	// Memory is in bytes, such as "512Mi" or "16Gi". Default that of the list.
	Memory string `json:"memory,omitempty"`
}

func (r Resources) withDefaults() Resources {
	setDefault(&r.Requests.CPU, "2000m")
	setDefault(&r.Requests.Memory, "8Gi")
	setDefault(&r.Limits.CPU, "4000m")
	setDefault(&r.Limits.Memory, "16Gi")
	return r
}

func (r Resources) check(c *check) {
	pairs := []struct{ name, request, limit string }{
		{"cpu", r.Requests.CPU, r.Limits.CPU},
		{"memory", r.Requests.Memory, r.Limits.Memory},
	}
	for _, p := range pairs {
		request := c.quantity("resources.requests."+p.name, p.request)
		limit := c.quantity("resources.limits."+p.name, p.limit)
		if request != nil && limit != nil && request.Cmp(limit) > 0 {
			c.add("resources.requests."+p.name, p.request, "at most resources.limits."+p.name+", "+p.limit, "lower the request or raise the limit")
		}
	}
}

// requirements renders the container's resources.
func requirements(r Resources, g GPU, device config.Device) *k8s.ResourceRequirements {
	render := func(list ResourceList) *map[string]k8s.Quantity {
		m := map[string]k8s.Quantity{
			"cpu":    quantity(list.CPU),
			"memory": quantity(list.Memory),
		}
		if device != config.CPU {
			m[g.ResourceName] = quantity(strconv.Itoa(g.Count))
		}
		return &m
	}
	return &k8s.ResourceRequirements{Requests: render(r.Requests), Limits: render(r.Limits)}
}
