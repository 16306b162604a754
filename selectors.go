package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/seed-74198975/rsclip/inference/config"
)

// selection is a field by which an object finds others.
type selection struct {
	field string
	// targets are what it may find.
	targets func(from manifest, all []manifest) []target
	// finds tells whether it finds a target by the value of the field.
	finds func(value any, t target) bool
}

// manifest is an object as it is written.
type manifest map[string]any

// target is what a selection may find.
type target struct {
	text   string     // as errors name it
	labels labels.Set // of pods and Services, which are found by them
}

// selections are the fields by which objects find others, by their kinds.
var selections = map[string][]selection{
	"Deployment":              {{"spec.selector", ownPods, byLabels}},
	"StatefulSet":             {{"spec.selector", ownPods, byLabels}},
	"Service":                 {{"spec.selector", pods, byMap}},
	"PodDisruptionBudget":     {{"spec.selector", pods, byLabels}},
	"NetworkPolicy":           {{"spec.podSelector", pods, byLabels}},
	"PodMonitor":              {{"spec.selector", pods, byLabels}, {"spec.namespaceSelector", ownNamespace, byNamespace}},
	"ServiceMonitor":          {{"spec.selector", services, byLabels}, {"spec.namespaceSelector", ownNamespace, byNamespace}, {"spec.endpoints", servicePorts, byPort}},
	"HorizontalPodAutoscaler": {{"spec.scaleTargetRef", scaled, byName}},
	"ScaledObject":            {{"spec.scaleTargetRef", scaled, byName}},
}

// in returns what a manifest has at a path, or nil.
func (m manifest) in(path string) any {
	value, _, _ := unstructured.NestedFieldNoCopy(m, strings.Split(path, ".")...)
	return value
}

func (m manifest) kind() string { return fmt.Sprint(m["kind"]) }

func (m manifest) name() string { return fmt.Sprint(m.in("metadata.name")) }

// labelsIn returns the labels at a path.
func (m manifest) labelsIn(path string) labels.Set {
	set := labels.Set{}
	fields, _ := m.in(path).(map[string]any)
	for key, value := range fields {
		set[key] = fmt.Sprint(value)
	}
	return set
}

// ownPods are the pods that an object makes.
func ownPods(from manifest, _ []manifest) []target {
	if from.in("spec.template") == nil {
		return nil
	}
	set := from.labelsIn("spec.template.metadata.labels")
	return []target{{"pods with " + cmp.Or(set.String(), "no label"), set}}
}

func pods(_ manifest, all []manifest) (found []target) {
	for _, m := range all {
		found = append(found, ownPods(m, nil)...)
	}
	return found
}

func services(_ manifest, all []manifest) (found []target) {
	for _, m := range all {
		if m.kind() == "Service" {
			set := m.labelsIn("metadata.labels")
			found = append(found, target{fmt.Sprintf("the Service %s, with %s", m.name(), set), set})
		}
	}
	return found
}

// servicePorts are the named ports of the Services that a monitor finds, or of all if it
// finds none.
func servicePorts(from manifest, all []manifest) []target {
	var found, others []target
	for _, m := range all {
		if m.kind() != "Service" {
			continue
		}
		ports, _ := m.in("spec.ports").([]any)
		for _, port := range ports {
			name, _ := port.(map[string]any)["name"].(string)
			t := target{text: "the port " + name}
			if byLabels(from.in("spec.selector"), target{labels: m.labelsIn("metadata.labels")}) {
				found = append(found, t)
			}
			others = append(others, t)
		}
	}
	if found == nil {
		return others
	}
	return found
}

func ownNamespace(from manifest, _ []manifest) []target {
	return []target{{text: "the namespace " + fmt.Sprint(from.in("metadata.namespace"))}}
}

// scaled are what an autoscaler may scale.
func scaled(_ manifest, all []manifest) (found []target) {
	for _, m := range all {
		if slices.Contains(scalable, m.kind()) {
			found = append(found, target{text: m.kind() + " " + m.name()})
		}
	}
	return found
}

// scalable are the kinds that are scaled and written here. Others, such as a Rollout,
// are made elsewhere.
var scalable = []string{"Deployment", "StatefulSet"}

// byLabels finds by a selector as Kubernetes has it; none finds nothing.
func byLabels(value any, t target) bool {
	fields, ok := value.(map[string]any)
	if !ok {
		return false
	}
	var selector metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(fields, &selector); err != nil {
		return false
	}
	s, err := metav1.LabelSelectorAsSelector(&selector)
	return err == nil && s.Matches(t.labels)
}

// byMap finds by the selector of a Service, of which an empty one finds nothing.
func byMap(value any, t target) bool {
	fields, _ := value.(map[string]any)
	for key, value := range fields {
		if !t.labels.Has(key) || t.labels[key] != value {
			return false
		}
	}
	return len(fields) > 0
}

// byNamespace finds by the names of namespaces; none is the object's own.
func byNamespace(value any, t target) bool {
	fields, _ := value.(map[string]any)
	names, named := fields["matchNames"].([]any)
	return fields["any"] == true || !named || slices.ContainsFunc(names, func(name any) bool { return fmt.Sprintf("the namespace %s", name) == t.text })
}

// byPort finds a port by the name that one of the endpoints has, or leaves out.
func byPort(value any, t target) bool {
	endpoints, _ := value.([]any)
	return slices.ContainsFunc(endpoints, func(endpoint any) bool {
		fields, _ := endpoint.(map[string]any)
		return fmt.Sprintf("the port %s", fields["port"]) == t.text || fields["targetPort"] != nil
	})
}

// byName finds by kind and name.
func byName(value any, t target) bool {
	fields, _ := value.(map[string]any)
	kind, _ := fields["kind"].(string)
	kind = cmp.Or(kind, scalable[0]) // As KEDA has it.
	return !slices.Contains(scalable, kind) || t.text == fmt.Sprintf("%s %s", kind, fields["name"])
}

// reference is a selection of one of the objects.
type reference struct{ object, selection int }

// guard watches what overrides make of the selections.
type guard struct {
	objects []manifest // as they are merged
	blame   map[reference]int
}

// fromStart is the blame of what found nothing before the overrides.
const fromStart = -1

func newGuard(objects []manifest) *guard {
	g := &guard{objects, map[reference]int{}}
	g.after(fromStart)
	return g
}

// after looks at all selections when an override has been merged: it is to blame for
// those that find nothing from now on, for as long as no other mends them.
func (g *guard) after(override int) {
	for i, from := range g.objects {
		for j, s := range selections[from.kind()] {
			at := reference{i, j}
			if s.findsOne(from, g.objects) {
				delete(g.blame, at)
			} else if _, known := g.blame[at]; !known {
				g.blame[at] = override
			}
		}
	}
}

func (s selection) findsOne(from manifest, all []manifest) bool {
	return slices.ContainsFunc(s.targets(from, all), func(t target) bool { return s.finds(from.in(s.field), t) })
}

// refused are the selections that find nothing in the end.
func (g *guard) refused() (errs config.FieldErrors) {
	for i, from := range g.objects {
		for j, s := range selections[from.kind()] {
			override, isBroken := g.blame[reference{i, j}]
			if !isBroken || override == fromStart {
				continue
			}
			value, err := json.Marshal(from.in(s.field))
			if err != nil {
				value = []byte(err.Error())
			}
			var there []string
			for _, t := range s.targets(from, g.objects) {
				there = append(there, t.text)
			}
			errs = append(errs, config.FieldError{
				Field:   fmt.Sprintf("[%d].patch", override),
				Value:   fmt.Sprintf("%s %s, %s: %s", from.kind(), from.name(), s.field, strings.ReplaceAll(string(value), `"`, "")),
				Allowed: "one that finds what there is: " + cmp.Or(strings.Join(slices.Compact(there), "; or "), "nothing"),
				Fix:     "leave out what changes the selector, or what it finds",
			})
		}
	}
	return errs
}
