package schemas

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// TestValues holds the JSON Schema of settings files to the examples, and to
// mistakes that an editor should underline.
func TestValues(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile("../../examples/values/values.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	valid := func(t *testing.T, data []byte) error {
		t.Helper()
		var settings any
		if err := yaml.Unmarshal(data, &settings); err != nil {
			t.Fatal(err)
		}
		return schema.Validate(settings)
	}
	files, err := filepath.Glob("../../examples/values/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(t, data); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for name, bad := range map[string]string{
		"unknown setting": "service: {replica: 3}",
		"wrong type":      "service: {replicas: three}",
		"empty string":    "service: {image: ''}",
		"zero":            "service: {replicas: 0}",
		"no such device":  "service: {model: {device: gpu}}",
		"no such spread":  "service: {scheduling: {spreadZones: always}}",
		"list at the top": "[service]",
		"wrong list item": "service: {imagePullSecrets: [1]}",
		"unknown in app":  "service: {app: {server: {prot: 1}}}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if valid(t, []byte(bad)) == nil {
				t.Errorf("accepted: %s", bad)
			}
		})
	}
}
