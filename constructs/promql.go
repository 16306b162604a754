package constructs

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// minRequestRate is the traffic, in requests per second over all pods, below
// which ratios and percentiles are of too few requests to alert on: six in the
// five minutes that the rules look at.
const minRequestRate = "0.02"

// longestPodPrefix is how much of its ReplicaSet's name a pod's name keeps.
const longestPodPrefix = 58

// matchers fills the matchers of this service into queries, whose places are:
//
//	<server>      what the server exports, with the labels of its target
//	<pods>        what kube-state-metrics says of the service's pods
//	<deployment>  what it says of the Deployment
//	<target>      what kube_horizontalpodautoscaler_info says of an autoscaler
//	              of the Deployment, whatever made it and whatever it is called
//	<namespace>   anything of the namespace
//
// Series of kube-state-metrics must carry the namespace and pod of what they
// describe, as they do where it is scraped with honorLabels.
func (p RsclipMonitoringProps) matchers(more string) *strings.Replacer {
	service := p.Service.props
	namespace := fmt.Sprintf("namespace=%q", service.Namespace)
	deployment := service.Name + "-deployment"
	return strings.NewReplacer(
		"<server>", p.selector()+more,
		"<pods>", fmt.Sprintf("%s,pod=~%q", namespace, p.Service.props.podPattern()),
		"<deployment>", fmt.Sprintf("%s,deployment=%q", namespace, deployment),
		"<target>", fmt.Sprintf("%s,scaletargetref_kind=\"Deployment\",scaletargetref_name=%q", namespace, deployment),
		"<namespace>", namespace,
	)
}

// selector matches what is scraped from the service's pods.
func (p RsclipMonitoringProps) selector() string {
	return fmt.Sprintf("namespace=%q,service=%q", p.Service.props.Namespace, p.Service.props.Name+"-service")
}

// number writes a number as PromQL and people read it, without the noise of
// binary fractions: 1-0.99 is 0.01.
func number(v float64) string {
	return strconv.FormatFloat(math.Round(v*1e9)/1e9, 'f', -1, 64)
}

// percent writes a ratio as a percentage, rounded to what a reader needs.
func percent(ratio float64) string { return strconv.FormatFloat(ratio*100, 'g', 4, 64) + "%" }

// unread are the parts of a query whose characters mean nothing: strings and
// comments.
var unread = regexp.MustCompile(`"([^"\\\n]|\\.)*"|'([^'\\\n]|\\.)*'|` + "`[^`]*`" + `|#[^\n]*`)

// query refuses PromQL that is empty, was cut off, or lost its quotes on the way
// through YAML or a shell. Prometheus judges the rest, by a parser that is many
// times larger than this library.
func (c *check) query(field, query string) {
	if fix := mendOf(unread.ReplaceAllString(query, `_`)); fix != "" {
		c.add(field, query, "a PromQL expression", fix)
	}
}

// mendOf says how to mend a query without strings and comments, or nothing.
func mendOf(query string) string {
	if strings.Trim(query, "_ \t\r\n") == "" {
		return `write one that gives a number, such as "sum(jobs_waiting)"`
	}
	var open []rune // The brackets that close those that are open.
	for _, r := range query {
		switch r {
		case '(':
			open = append(open, ')')
		case '[':
			open = append(open, ']')
		case '{':
			open = append(open, '}')
		case ')', ']', '}':
			if len(open) == 0 || open[len(open)-1] != r {
				return fmt.Sprintf("remove the %q that closes nothing, or open it", r)
			}
			open = open[:len(open)-1]
		case '"', '\'', '`':
			return fmt.Sprintf("close the string that begins with %c", r)
		case '$':
			return "replace the variables of dashboards by their values"
		}
	}
	if len(open) > 0 {
		return fmt.Sprintf("add the %q that is missing", open[len(open)-1])
	}
	return ""
}
