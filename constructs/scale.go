package constructs

import (
	"fmt"
	"math/big"

	"github.com/seed-74198975/rsclip/inference/config"
)

// checkScale refuses a number of pods for which there is no room, or no volume:
// a rollout starts pods beside all that there are.
func (p RsclipModelServiceProps) checkScale(c *check, replicas int) {
	pods := replicas + p.Rollout.surge(replicas)
	most := fmt.Sprintf("the %d pods and the %d more of a rollout", replicas, pods-replicas)
	q := p.ResourceQuota
	count := func(field string, bound, need int) {
		if bound > 0 && bound < need {
			c.add("resourceQuota."+field, bound, fmt.Sprintf("at least %d, which %s need", need, most), "raise it, or have fewer pods, or roll out by noSpareGPU")
		}
	}
	count("pods", q.Pods, pods)
	if p.Model.Device != config.CPU {
		count("gpus", q.GPUs, pods*p.GPU.Count)
	}
	for _, sum := range []struct{ name, bound, pod string }{
		{"requests.cpu", q.Requests.CPU, p.Resources.Requests.CPU},
		{"requests.memory", q.Requests.Memory, p.Resources.Requests.Memory},
		{"limits.cpu", q.Limits.CPU, p.Resources.Limits.CPU},
		{"limits.memory", q.Limits.Memory, p.Resources.Limits.Memory},
	} {
		bound, bounded := parseQuantity(sum.bound)
		pod, ok := parseQuantity(sum.pod)
		switch {
		case bounded && sum.pod == "":
			c.add("resourceQuota."+sum.name, sum.bound, "left out where the pods have no "+sum.name, "leave it out, since the quota would refuse every pod")
		case bounded && ok && bound.Cmp(pod.Mul(pod, big.NewRat(int64(pods), 1))) < 0:
			c.add("resourceQuota."+sum.name, sum.bound, fmt.Sprintf("at least %d times resources.%s, %s, for %s", pods, sum.name, sum.pod, most),
				"raise it, or have fewer pods, or roll out by noSpareGPU")
		}
	}
	if claim := p.ModelSource.claim(); claim != nil && claim.AccessMode == ReadWriteOnce && pods > 1 {
		c.add("modelSource.claim.accessMode", claim.AccessMode, fmt.Sprintf("ReadWriteMany or ReadOnlyMany for %s", most),
			"choose one of them, since another node cannot mount it, or have one replica without an autoscaler and rollout.strategy noSpareGPU or recreate")
	}
}
