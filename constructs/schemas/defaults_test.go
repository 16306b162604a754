package schemas

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// definition is what defaults need of a custom resource's definition.
type definition struct {
	Spec struct {
		Names    struct{ Kind string }
		Versions []struct {
			Name   string
			Schema struct{ OpenAPIV3Schema map[string]any }
		}
	}
}

// TestListsHaveTheirDefaults holds the objects of other projects to what the cluster would
// fill in inside their lists. kubectl and Argo CD compare such lists as wholes, and find a
// change for ever where the cluster has added something.
func TestListsHaveTheirDefaults(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(definitions + "/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no definitions: %v", err)
	}
	schemas := map[string]map[string]any{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for document := range strings.SplitSeq(string(data), "\n---\n") {
			var d definition
			if err := yaml.Unmarshal([]byte(document), &d); err != nil {
				t.Fatal(err)
			}
			for _, v := range d.Spec.Versions {
				schemas[v.Name+" "+d.Spec.Names.Kind] = v.Schema.OpenAPIV3Schema
			}
		}
	}
	checked := map[string]bool{}
	for name, document := range documents(t) {
		var object map[string]any
		if err := yaml.Unmarshal(document, &object); err != nil {
			t.Fatal(err)
		}
		group, version, _ := strings.Cut(fmt.Sprint(object["apiVersion"]), "/")
		kind := version + " " + fmt.Sprint(object["kind"])
		schema, ok := schemas[kind]
		if !ok || strings.HasSuffix(group, ".k8s.io") && !strings.HasPrefix(group, "gateway.") {
			continue
		}
		checked[kind] = true
		for _, missing := range missingDefaults(schema, object, false) {
			t.Errorf("%s: %s%s is left out, which the cluster fills in", name, kind, missing)
		}
	}
	if len(checked) < 6 {
		t.Errorf("checked only %v", slices.Sorted(maps.Keys(checked)))
	}
}

// missingDefaults are the paths inside lists that have a default and no value.
func missingDefaults(schema map[string]any, value any, inList bool) (missing []string) {
	switch v := value.(type) {
	case []any:
		items, _ := schema["items"].(map[string]any)
		for i, item := range v {
			for _, m := range missingDefaults(items, item, true) {
				missing = append(missing, fmt.Sprintf("[%d]%s", i, m))
			}
		}
	case map[string]any:
		properties, _ := schema["properties"].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			of, _ := properties[name].(map[string]any)
			given, ok := v[name]
			if _, hasDefault := of["default"]; hasDefault && !ok && inList {
				missing = append(missing, "."+name)
			}
			for _, m := range missingDefaults(of, given, inList) {
				missing = append(missing, "."+name+m)
			}
		}
	}
	return missing
}
