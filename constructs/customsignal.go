package constructs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// CustomSignal is a load that an autoscaler follows by a query of one's own, such
// as the length of a queue of jobs.
//
// Both engines divide what the query gives by the number of pods. With the engine
// hpa it is an external metric, and not one of pods: a query of one's own need not
// know the pods. prometheus-adapter then serves external metrics, which on a
// cluster with KEDA only KEDA can: choose the engine keda there.
type CustomSignal struct {
	// Name is the signal's, of small letters, digits and "_". Required.
	Name string `json:"name,omitempty"`
	// Query is PromQL for one number, the load of all pods together. While it is
	// above 0, keda.scaleToZero leaves a pod. No value is an error: with the engine
	// hpa no pod goes then, and with keda its fallback holds; where no value means
	// 0, add "or vector(0)". Required.
	Query string `json:"query,omitempty"`
	// Target is how much of it one pod should have, to a thousandth. Required.
	Target float64 `json:"target,omitempty" zero:"0.001 to 1000000000000"`
}

// wakeTrigger is the name of KEDA's trigger for the query that wakes.
const wakeTrigger = "wake"

// signalName is the form of metrics' names that need no quotes in any query.
var signalName = syntax{
	regexp.MustCompile(`^[a-z][a-z0-9_]*$`), 63,
	"a name of at most 63 characters", `write it like "scenes_waiting": small letters, digits and "_", a letter first`,
}

// checkCustom refuses signals without a name of their own, a query or a target.
func (c *check) checkCustom(custom []CustomSignal) {
	taken := []string{wakeTrigger}
	for _, s := range signals {
		taken = append(taken, s.metric)
	}
	for i, s := range custom {
		field := fmt.Sprintf("custom[%d].", i)
		c.form(field+"name", s.Name, signalName)
		if slices.Contains(taken, s.Name) {
			c.add(field+"name", s.Name, "another than the other signals' names", "choose another name, or leave the signal out")
		}
		taken = append(taken, s.Name)
		c.query(field+"query", s.Query)
		c.average(field+"target", s.Target, 1e12, "say how much of the query's value one pod should have")
	}
}

// externalName is the metric's name in prometheus-adapter, which serves one
// query of each name to the whole cluster.
func (s CustomSignal) externalName(service RsclipModelServiceProps) string {
	return service.Namespace + "_" + service.Name + "_" + s.Name
}

// adapterRule makes a signal an external metric in prometheus-adapter. The adapter
// serves metrics of series that it finds, and wherever something is scraped it
// finds "up". It reads the query as a template.
func (s CustomSignal) adapterRule(service RsclipModelServiceProps) string {
	query := strings.ReplaceAll(s.Query, "<<", `<<"<<">>`)
	return fmt.Sprintf(`- seriesQuery: up
  resources: {namespaced: false}
  name:
    matches: ^up$
    as: %s
  metricsQuery: %q
`, s.externalName(service), query)
}
