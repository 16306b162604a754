package constructs

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"
)

// RolloutStrategy is in which order pods are replaced.
type RolloutStrategy string

// The rollout strategies.
const (
	// Surge starts a new pod before it ends an old one: no capacity is lost, and
	// a GPU must be free.
	Surge RolloutStrategy = "surge"
	// NoSpareGPU ends an old pod before it starts a new one: no further GPU is
	// needed, and one pod's capacity is lost for as long as a model loads.
	NoSpareGPU RolloutStrategy = "noSpareGPU"
	// Recreate ends every old pod before it starts a new one: nobody is answered
	// until a model has loaded.
	Recreate RolloutStrategy = "recreate"
)

// Rollout says how the pods of a service are replaced by new ones.
type Rollout struct {
	// Strategy is surge, noSpareGPU or recreate. Default Kubernetes' own, which lets a
	// quarter of the pods, rounded up, start before as many, rounded down, end:
	// with the default two replicas the same as surge.
	Strategy RolloutStrategy `json:"strategy,omitempty"`
	// MaxSurge is how many pods may start before others end, as a number or a
	// percentage of the replicas such as "25%", in the place of strategy. Default
	// the strategy's.
	MaxSurge string `json:"maxSurge,omitempty" number:"text"`
	// MaxUnavailable is how many pods may be missing meanwhile, written alike.
	// Default the strategy's.
	MaxUnavailable string `json:"maxUnavailable,omitempty" number:"text"`
	// ImmutableConfig names the ConfigMap by its contents and makes it immutable,
	// so that pods of old keep the configuration they began with, and going back
	// brings it back. Old ones stay until they are removed. Default false: one
	// ConfigMap, which every pod that starts reads as it is then.
	ImmutableConfig bool `json:"immutableConfig,omitempty"`
	// StartupSeconds is how long a pod may take to load its model before it is
	// restarted, 30 to 7200. The Deployment then gives up on a rollout that has
	// not progressed for five minutes more, which are for pulling the image, and
	// for the fetchSeconds of a model that is fetched. Default 600, and
	// Kubernetes' own 600 for the rollout, unless the model is fetched.
	StartupSeconds int `json:"startupSeconds,omitempty" zero:"30 to 7200"`
	// MinReadySeconds is how long a new pod must be ready before the next one is
	// replaced. Default 0.
	MinReadySeconds int `json:"minReadySeconds,omitempty" zero:"at least 1"`
	// RevisionHistoryLimit is the number of old ReplicaSets to roll back to, 1 to
	// 100. Default Kubernetes' own, 10.
	RevisionHistoryLimit int `json:"revisionHistoryLimit,omitempty" zero:"1 to 100"`
	// ChangeCause is what `kubectl rollout history` shows of this version.
	// Default none.
	ChangeCause string `json:"changeCause,omitempty"`
}

const (
	defaultStartupSeconds = 600
	pullSeconds           = 300

	// kubernetesProgressDeadline is that of a Deployment that names none.
	kubernetesProgressDeadline = 600
)

// budgets are what the rolling updates of each strategy may do.
var budgets = map[RolloutStrategy]struct{ surge, unavailable float64 }{
	Surge:      {surge: 1, unavailable: 0},
	NoSpareGPU: {surge: 0, unavailable: 1},
}

func (r Rollout) check(c *check, fetchSeconds int) {
	if r.Strategy != "" {
		oneOf(c, "rollout.strategy", r.Strategy, Surge, NoSpareGPU, Recreate)
	}
	for _, own := range []struct{ field, value string }{{"maxSurge", r.MaxSurge}, {"maxUnavailable", r.MaxUnavailable}} {
		if own.value == "" {
			continue
		}
		c.form("rollout."+own.field, own.value, podShare)
		if r.Strategy != "" {
			c.add("rollout."+own.field, own.value, "left out beside strategy", "keep one of them")
		}
	}
	if (r.MaxSurge == "0" || r.MaxSurge == "0%") && (r.MaxUnavailable == "0" || r.MaxUnavailable == "0%") {
		c.add("rollout.maxSurge", r.MaxSurge, "above 0 where maxUnavailable is 0", "raise one of them, since no pod could be replaced")
	}
	if r.StartupSeconds != 0 && (r.StartupSeconds < 30 || r.StartupSeconds > 7200) {
		c.add("rollout.startupSeconds", r.StartupSeconds, "30 to 7200", "choose a value in that range, or leave it out for 600")
	}
	// The API server wants the deadline to be the later of the two.
	if most := r.progressDeadline(fetchSeconds) - 1; r.MinReadySeconds < 0 || r.MinReadySeconds > most {
		c.add("rollout.minReadySeconds", r.MinReadySeconds, fmt.Sprintf("0 to %d", most), "choose a value in that range, or raise rollout.startupSeconds")
	}
	if r.RevisionHistoryLimit != 0 {
		c.upTo("rollout.revisionHistoryLimit", r.RevisionHistoryLimit, 100)
	}
	if len(r.ChangeCause) > 1024 {
		c.add("rollout.changeCause", r.ChangeCause[:32]+"...", "at most 1024 bytes", "shorten it")
	}
}

// startupProbes is how often the startup probe may fail.
func (r Rollout) startupProbes(periodSeconds int) int {
	setDefault(&r.StartupSeconds, defaultStartupSeconds)
	return (r.StartupSeconds + periodSeconds - 1) / periodSeconds
}

// progressDeadline is after how many seconds without progress a rollout has failed.
func (r Rollout) progressDeadline(fetchSeconds int) int {
	if r.StartupSeconds == 0 && fetchSeconds == 0 {
		return kubernetesProgressDeadline
	}
	setDefault(&r.StartupSeconds, defaultStartupSeconds)
	return pullSeconds + fetchSeconds + r.StartupSeconds
}

func (r Rollout) render(spec *k8s.DeploymentSpec, fetchSeconds int) {
	if r.Strategy == Recreate {
		spec.Strategy = &k8s.DeploymentStrategy{Type: new("Recreate")}
	}
	if r.MaxSurge != "" || r.MaxUnavailable != "" {
		rolling := new(k8s.RollingUpdateDeployment)
		for value, into := range map[*string]*k8s.IntOrString{&r.MaxSurge: &rolling.MaxSurge, &r.MaxUnavailable: &rolling.MaxUnavailable} {
			if number, err := strconv.Atoi(*value); err == nil {
				*into = intOrString(float64(number))
			} else if *value != "" {
				*into = k8s.IntOrString_FromString(value)
			}
		}
		spec.Strategy = &k8s.DeploymentStrategy{Type: new("RollingUpdate"), RollingUpdate: rolling}
	}
	if budget, ok := budgets[r.Strategy]; ok {
		spec.Strategy = &k8s.DeploymentStrategy{Type: new("RollingUpdate"), RollingUpdate: &k8s.RollingUpdateDeployment{
			MaxSurge:       intOrString(budget.surge),
			MaxUnavailable: intOrString(budget.unavailable),
		}}
	}
	if deadline := r.progressDeadline(fetchSeconds); deadline != kubernetesProgressDeadline {
		spec.ProgressDeadlineSeconds = new(float64(deadline))
	}
	if r.MinReadySeconds > 0 {
		spec.MinReadySeconds = new(float64(r.MinReadySeconds))
	}
	if r.RevisionHistoryLimit > 0 {
		spec.RevisionHistoryLimit = new(float64(r.RevisionHistoryLimit))
	}
}

// annotate records the change's cause on the Deployment.
func (r Rollout) annotate(metadata *k8s.ObjectMeta) *k8s.ObjectMeta {
	if r.ChangeCause != "" {
		metadata.Annotations = &map[string]*string{"kubernetes.io/change-cause": &r.ChangeCause}
	}
	return metadata
}

// podShare is a number of pods, or a percentage.
var podShare = syntax{
	regexp.MustCompile(`^(0|[1-9][0-9]{0,2}|[1-9]?[0-9]%|100%)$`), 4,
	"a number of pods or a percentage", `write it like "1" or "25%", as text`,
}

// surge is how many pods a rollout starts beside the replicas, at most.
func (r Rollout) surge(replicas int) int {
	share := "25%"
	switch {
	case r.Strategy == Recreate || r.Strategy == NoSpareGPU:
		share = "0"
	case r.Strategy == Surge:
		share = "1"
	case r.MaxSurge != "":
		share = r.MaxSurge
	}
	percent, isPercent := strings.CutSuffix(share, "%")
	number, _ := strconv.Atoi(percent)
	if isPercent {
		return (number*replicas + 99) / 100
	}
	return number
}
