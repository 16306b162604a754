package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	kjson "sigs.k8s.io/json"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// Override changes objects after all else, for what no other value covers.
type Override struct {
	// Kind is that of the objects, such as Deployment. Required.
	Kind string `json:"kind"`
	// Name is the object's. Default every object of the kind.
	Name string `json:"name,omitempty"`
	// Patch is merged into the objects as `kubectl patch` does it: mappings field by
	// field, containers and volumes by their names, ports by their numbers, and null
	// removes. Objects of Kubernetes' own kinds may have the fields of Kubernetes 1.36,
	// and no others; those of other projects are merged as they are, and lists of theirs
	// replaced. An object's name, namespace and kind stay, as does the configuration,
	// which service.app and service.model are. What selects pods, Services or a
	// Deployment must find one in the end. Required.
	Patch map[string]any `json:"patch"`
}

// kubernetesTypes are the kinds of Kubernetes' own that the manifests have.
var kubernetesTypes = map[string]func() any{
	"Namespace":               func() any { return new(corev1.Namespace) },
	"ResourceQuota":           func() any { return new(corev1.ResourceQuota) },
	"ServiceAccount":          func() any { return new(corev1.ServiceAccount) },
	"ConfigMap":               func() any { return new(corev1.ConfigMap) },
	"PersistentVolumeClaim":   func() any { return new(corev1.PersistentVolumeClaim) },
	"Service":                 func() any { return new(corev1.Service) },
	"Ingress":                 func() any { return new(networkingv1.Ingress) },
	"NetworkPolicy":           func() any { return new(networkingv1.NetworkPolicy) },
	"PodDisruptionBudget":     func() any { return new(policyv1.PodDisruptionBudget) },
	"Deployment":              func() any { return new(appsv1.Deployment) },
	"StatefulSet":             func() any { return new(appsv1.StatefulSet) },
	"Job":                     func() any { return new(batchv1.Job) },
	"HorizontalPodAutoscaler": func() any { return new(autoscalingv2.HorizontalPodAutoscaler) },
}

// override merges the overrides into the objects of an app, in their order. It
// panics with a [constructs.PropsError] that names each that cannot be merged.
func override(app cdk8s.App, overrides []Override) {
	var errs config.FieldErrors
	refuse := func(field, value, allowed, fix string) {
		errs = append(errs, config.FieldError{Field: field, Value: value, Allowed: allowed, Fix: fix})
	}
	if len(overrides) == 0 {
		return
	}
	var objects []cdk8s.ApiObject
	var manifests []manifest
	for _, construct := range *app.Node().FindAll("") {
		if *cdk8s.ApiObject_IsApiObject(construct) {
			object := cdk8s.ApiObject_Of(construct)
			objects, manifests = append(objects, object), append(manifests, object.ToJson().(map[string]any))
		}
	}
	selecting := newGuard(manifests)
	for i, o := range overrides {
		field := fmt.Sprintf("[%d]", i)
		if len(o.Patch) == 0 {
			refuse(field+".patch", "", "what to merge", "write the fields that change, or leave the override out")
		}
		var kinds, names []string
		matched := false
		for n, object := range objects {
			kinds = append(kinds, *object.Kind())
			if *object.Kind() != o.Kind {
				continue
			}
			names = append(names, *object.Name())
			if o.Name != "" && *object.Name() != o.Name {
				continue
			}
			matched = true
			merged, err := o.mergeInto(object, manifests[n])
			if err != nil {
				refuse(field+".patch", o.Kind+" "+*object.Name(), "fields that it has and that may be others", err.Error())
				continue
			}
			manifests[n] = merged
		}
		selecting.after(i)
		slices.Sort(kinds)
		switch {
		case len(names) == 0:
			refuse(field+".kind", o.Kind, "one of "+strings.Join(slices.Compact(kinds), ", "), "write it as in the manifests")
		case !matched:
			refuse(field+".name", o.Name, "the name of a "+o.Kind+": "+strings.Join(names, ", "), "write it as in the manifests")
		}
	}
	errs = append(errs, selecting.refused()...)
	if len(errs) > 0 {
		panic(&constructs.PropsError{Construct: "overrides", ID: overridesID, Fields: errs})
	}
}

// mergeInto merges a patch into an object, writes the fields anew that it changes, and
// returns what it is then.
func (o Override) mergeInto(object cdk8s.ApiObject, before manifest) (manifest, error) {
	original, err := json.Marshal(before)
	if err != nil {
		return nil, fmt.Errorf("reading the object: %w", err)
	}
	patch, err := json.Marshal(o.Patch)
	if err != nil {
		return nil, fmt.Errorf("reading the patch: %w", err)
	}
	merged := manifest{}
	if typed, ok := kubernetesTypes[o.Kind]; ok {
		data, err := strategicpatch.StrategicMergePatch(original, patch, typed())
		if err != nil {
			return nil, fmt.Errorf("write it as in the manifests: %w", err)
		}
		if err := fits(data, typed()); err != nil {
			return nil, err
		}
		err = json.Unmarshal(data, &merged)
		if err != nil {
			return nil, fmt.Errorf("reading what was merged: %w", err)
		}
	} else {
		merged = merge(map[string]any(before), o.Patch).(map[string]any)
	}
	if err := keeps(before, merged); err != nil {
		return nil, err
	}
	for key, value := range merged {
		was, _ := json.Marshal(before[key])
		is, _ := json.Marshal(value)
		if !bytes.Equal(was, is) {
			object.AddJsonPatch(cdk8s.JsonPatch_Add(new("/"+key), value))
		}
	}
	for key := range before {
		if _, ok := merged[key]; !ok {
			object.AddJsonPatch(cdk8s.JsonPatch_Remove(new("/" + key)))
		}
	}
	return merged, nil
}

// keeps refuses another object than there was, which others do not find, and another
// configuration, whose checksum on the pods would be that of the old one.
func keeps(before, merged map[string]any) error {
	for _, fixed := range []struct{ field, mend string }{
		{"apiVersion", "which cannot be another"},
		{"kind", "which cannot be another"},
		{"metadata.name", "by which other objects find it, and set the name of the service, service.name, instead"},
		{"metadata.namespace", "which all objects share, and set service.namespace instead"},
	} {
		parts := strings.Split(fixed.field, ".")
		was, _, _ := unstructured.NestedFieldNoCopy(before, parts...)
		is, _, err := unstructured.NestedFieldNoCopy(merged, parts...)
		if err != nil || was != is {
			return errors.New("leave out " + fixed.field + ", " + fixed.mend)
		}
	}
	data, _ := before["data"].(map[string]any)
	if _, ok := data[contract.AppConfigFile]; !ok {
		return nil
	}
	for _, field := range []string{"data", "binaryData"} {
		if !reflect.DeepEqual(before[field], merged[field]) {
			return errors.New("leave out " + field + ", which pods are to start anew for, and set service.app and service.model instead")
		}
	}
	return nil
}

// fits refuses fields that a type does not have, and values of another type.
func fits(data []byte, into any) error {
	strict, err := kjson.UnmarshalStrict(data, into)
	if err := errors.Join(append(strict, err)...); err != nil {
		return errors.New("correct what Kubernetes 1.36 does not take: " + oneLine(err))
	}
	return nil
}

func oneLine(err error) string {
	return strings.ReplaceAll(err.Error(), "\n", ", ")
}

// merge merges as RFC 7386 has it.
func merge(into, patch any) any {
	fields, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	merged := map[string]any{}
	if old, ok := into.(map[string]any); ok {
		for key, value := range old {
			merged[key] = value
		}
	}
	for key, value := range fields {
		if value == nil {
			delete(merged, key)
			continue
		}
		merged[key] = merge(merged[key], value)
	}
	return merged
}
