// Command imports writes the cdk8s bindings under imports/ from the custom
// resource definitions that their projects publish in their Go modules:
//
//	go run ./tools/imports
//
// It runs in the module's root, after `make setup`. The definitions are left in
// .build/crds, one file an API group, as cdk8s.yaml names them and as the
// schema tests read them.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// source is one Go module at one version, and the definitions to take from it.
type source struct {
	module, version string
	sum             string // of the module's zip, as in go.sum
	group           string
	files           []string
	kinds           []string // none: every kind of the files
}

var sources = []source{{
	module:  "github.com/prometheus-operator/prometheus-operator",
	version: "v0.85.0",
	sum:     "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
	group:   "monitoring.coreos.com",
	files: []string{
		"example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml",
		"example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
		"example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
	},
}, {
	module:  "github.com/kedacore/keda/v2",
	version: "v2.18.1",
	sum:     "h1:h6bRt/IOxxtZpJlHSqhdH/lcInH7Z9obxg/JvWOmGAw=",
	group:   "keda.sh",
	files:   []string{"config/crd/bases/keda.sh_scaledobjects.yaml"},
}, {
	module:  "sigs.k8s.io/gateway-api",
	version: "v1.4.0",
	sum:     "h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ=",
	group:   "gateway.networking.k8s.io",
	files: []string{
		"config/crd/standard/gateway.networking.k8s.io_backendtlspolicies.yaml",
		"config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
	},
}, {
	module:  "istio.io/api",
	version: "v1.27.3",
	sum:     "h1:Ek00/+kB0wepYuevSfE0Edh2o5ndEtekmo/Nkx5LIYA=",
	group:   "networking.istio.io",
	files:   []string{"kubernetes/customresourcedefinitions.gen.yaml"},
	kinds:   []string{"DestinationRule", "VirtualService"},
}}

const definitions = ".build/crds"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "imports:", err)
		os.Exit(1)
	}
}

func run() error {
	if err := os.MkdirAll(definitions, 0o755); err != nil {
		return err
	}
	for _, s := range sources {
		data, err := s.definitions()
		if err != nil {
			return fmt.Errorf("taking definitions from %s: %w", s.module, err)
		}
		if err := os.WriteFile(filepath.Join(definitions, s.group+".yaml"), data, 0o644); err != nil {
			return err
		}
		// cdk8s import leaves files of types that are no more.
		if err := os.RemoveAll(filepath.Join("imports", strings.ReplaceAll(s.group, ".", ""))); err != nil {
			return err
		}
	}
	cmd := exec.Command("node", "node_modules/cdk8s-cli/bin/cdk8s", "import", "--no-save", "--no-check-upgrade")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("running cdk8s import: %w", err)
	}
	return nil
}

// definitions returns the source's definitions as one YAML file, because
// cdk8s import overwrites a group's bindings with those of the group's next file.
func (s source) definitions() ([]byte, error) {
	dir, err := s.download()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, name := range s.files {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		for document := range bytes.SplitSeq(data, []byte("\n---\n")) {
			var d definition
			if err := yaml.Unmarshal(document, &d); err != nil {
				return nil, fmt.Errorf("reading %s: %w", name, err)
			}
			if d == nil || len(s.kinds) > 0 && !slices.Contains(s.kinds, d.kind()) {
				continue
			}
			d.keepStoredVersion()
			stripDescriptions(map[string]any(d))
			stripped, err := yaml.Marshal(d)
			if err != nil {
				return nil, fmt.Errorf("rendering %s: %w", name, err)
			}
			out.WriteString("---\n")
			out.Write(stripped)
		}
	}
	return out.Bytes(), nil
}

// definition is one custom resource definition.
type definition map[string]any

func (d definition) kind() string {
	spec, _ := d["spec"].(map[string]any)
	names, _ := spec["names"].(map[string]any)
	kind, _ := names["kind"].(string)
	return kind
}

// keepStoredVersion removes the versions that are served for older manifests,
// because each would be bound too.
func (d definition) keepStoredVersion() {
	spec, _ := d["spec"].(map[string]any)
	versions, _ := spec["versions"].([]any)
	versions = slices.DeleteFunc(versions, func(version any) bool {
		v, _ := version.(map[string]any)
		return v["storage"] != true
	})
	if len(versions) > 0 {
		spec["versions"] = versions
	}
}

// download fetches the module into Go's module cache and returns its folder there.
func (s source) download() (string, error) {
	out, err := exec.Command("go", "mod", "download", "-json", s.module+"@"+s.version).Output()
	var got struct{ Dir, Sum, Error string }
	if jsonErr := json.Unmarshal(out, &got); jsonErr != nil {
		return "", errors.Join(err, jsonErr)
	}
	if got.Error != "" {
		return "", errors.New(got.Error)
	}
	if got.Sum != s.sum {
		return "", fmt.Errorf("the sum of %s is %s: must be %s; check the version", s.version, got.Sum, s.sum)
	}
	return got.Dir, nil
}

// stripDescriptions removes the prose of a schema. A property that is itself
// named description is a map and stays.
func stripDescriptions(node any) {
	switch n := node.(type) {
	case map[string]any:
		if _, prose := n["description"].(string); prose {
			delete(n, "description")
		}
		for _, child := range n {
			stripDescriptions(child)
		}
	case []any:
		for _, child := range n {
			stripDescriptions(child)
		}
	}
}
