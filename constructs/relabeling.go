package constructs

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	kjson "sigs.k8s.io/json"
)

// relabeling is a step of the Prometheus Operator's relabeling.
type relabeling struct {
	SourceLabels []string `json:"sourceLabels"`
	Separator    string   `json:"separator"`
	TargetLabel  string   `json:"targetLabel"`
	Regex        string   `json:"regex"`
	Modulus      uint64   `json:"modulus"`
	Replacement  string   `json:"replacement"`
	Action       string   `json:"action"`
}

// relabelingNeeds is what each action does nothing useful without: to drop labels, or
// series, by no pattern is to drop all.
var relabelingNeeds = map[string][]string{
	"replace":   {"targetLabel"},
	"lowercase": {"sourceLabels", "targetLabel"},
	"uppercase": {"sourceLabels", "targetLabel"},
	"keepequal": {"sourceLabels", "targetLabel"},
	"dropequal": {"sourceLabels", "targetLabel"},
	"hashmod":   {"sourceLabels", "targetLabel", "modulus"},
	"keep":      {"sourceLabels", "regex"},
	"drop":      {"sourceLabels", "regex"},
	"labelmap":  {"regex"},
	"labeldrop": {"regex"},
	"labelkeep": {"regex"},
}

// relabelings refuses steps that the Prometheus Operator does not take, or that lack what
// their action needs.
func (c *check) relabelings(field string, steps []map[string]any) {
	for i, step := range steps {
		at := fmt.Sprintf("%s[%d]", field, i)
		data, err := json.Marshal(step)
		r := relabeling{Action: "replace"}
		var unknown []error
		if err == nil {
			unknown, err = kjson.UnmarshalStrict(data, &r)
		}
		if err := errors.Join(append(unknown, err)...); err != nil {
			c.add(at, strings.ReplaceAll(err.Error(), "\n", ", "), "sourceLabels, separator, targetLabel, regex, modulus, replacement and action", "write them as the Prometheus Operator has them")
			continue
		}
		needs, ok := relabelingNeeds[strings.ToLower(r.Action)]
		if !ok {
			c.add(at+".action", r.Action, "one of "+strings.Join(slices.Sorted(maps.Keys(relabelingNeeds)), ", "), "correct it, or leave it out for replace")
		}
		for _, need := range needs {
			if step[need] == nil || step[need] == "" {
				c.add(at+"."+need, "", "set for the action "+r.Action, "write it beside the action")
			}
		}
		pattern, err := regexp.Compile("^(?s:" + r.Regex + ")$")
		if err != nil {
			c.add(at+".regex", r.Regex, "a regular expression of Go", err.Error())
			continue
		}
		if action := strings.ToLower(r.Action); r.Regex != "" && (action == "labeldrop" || action == "labelkeep") {
			for _, label := range []string{"namespace", "pod", "service"} {
				if pattern.MatchString(label) == (action == "labeldrop") {
					c.add(at+".regex", r.Regex, "one that leaves the label "+label+", by which rules find the service", "correct it")
				}
			}
		}
	}
}
