package schemas

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"k8s.io/client-go/openapi"
	"sigs.k8s.io/kubectl-validate/pkg/openapiclient"
	"sigs.k8s.io/kubectl-validate/pkg/validator"
)

// releases are versions of the projects whose objects the manifests have, of about
// two years until November 2026, beside those of tools/imports. Of the Prometheus
// Operator the public Go proxy serves no other with its definitions.
var releases = []struct {
	module, version, sum string
	files                []string // relative to the module, without those that a version does not have
	group                string
	lacks                string // a kind that came later
}{
	{"github.com/kedacore/keda/v2", "v2.16.1", "h1:LfYsxfSX8DjetLW8q9qnriImH936POrQJvE+caRoScI=", keda, "keda.sh", ""},
	{"github.com/kedacore/keda/v2", "v2.21.0", "h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps=", keda, "keda.sh", ""},
	{"sigs.k8s.io/gateway-api", "v1.2.1", "h1:fZZ/+RyRb+Y5tGkwxFKuYuSRQHu9dZtbjenblleOLHM=", gatewayAPI, "gateway.networking.k8s.io", "BackendTLSPolicy"},
	{"sigs.k8s.io/gateway-api", "v1.4.1", "h1:NPxFutNkKNa8UfLd2CMlEuhIPMQgDQ6DXNKG9sHbJU8=", gatewayAPI, "gateway.networking.k8s.io", ""},
	{"sigs.k8s.io/gateway-api", "v1.6.3", "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=", gatewayAPI, "gateway.networking.k8s.io", ""},
	{"istio.io/api", "v1.24.2", "h1:jYjcN6Iq0RPtQj/3KMFsybxmfqmjGN/dxhL7FGJEdIM=", istio, "networking.istio.io", ""},
	{"istio.io/api", "v1.32.0", "h1:37mJvg9I0biYZAEQF+MATs4FNeCpXEIVO3LFpVb6iNM=", istio, "networking.istio.io", ""},
}

var (
	keda       = []string{"config/crd/bases/keda.sh_scaledobjects.yaml"}
	gatewayAPI = []string{"config/crd/standard/gateway.networking.k8s.io_backendtlspolicies.yaml", "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"}
	istio      = []string{"kubernetes/customresourcedefinitions.gen.yaml"}
)

// TestReleases checks the objects of other projects against the definitions of
// older and newer releases.
func TestReleases(t *testing.T) {
	t.Parallel()
	documents := documents(t)
	for _, r := range releases {
		t.Run(r.module+"@"+r.version, func(t *testing.T) {
			t.Parallel()
			folder := download(t, r.module+"@"+r.version, r.sum)
			definitions := fstest.MapFS{}
			for _, name := range r.files {
				data, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
				if err != nil && r.lacks == "" {
					t.Fatal(err)
				}
				if err == nil {
					definitions[filepath.Base(name)] = &fstest.MapFile{Data: data}
				}
			}
			v, err := validator.New(openapiclient.NewComposite(openapi.Client(openapiclient.NewHardcodedBuiltins("1.30")), openapiclient.NewLocalCRDFiles(definitions)))
			if err != nil {
				t.Fatal(err)
			}
			checked := 0
			for name, document := range documents {
				text := string(document)
				if !strings.Contains(text, "apiVersion: "+r.group+"/") || r.lacks != "" && strings.Contains(text, "kind: "+r.lacks+"\n") {
					continue
				}
				checked++
				if err := validate(v, document); err != nil {
					t.Errorf("%s: %v\n%s", name, err, document)
				}
			}
			if checked == 0 {
				t.Fatalf("no object of %s was checked", r.group)
			}
		})
	}
}

// download returns the folder of a module in Go's cache, which must have the sum.
func download(t *testing.T, module, sum string) string {
	t.Helper()
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	var got struct{ Dir, Sum, Error string }
	if jsonErr := json.Unmarshal(out, &got); jsonErr != nil {
		t.Fatalf("downloading %s: %v, %v", module, err, jsonErr)
	}
	if got.Sum != sum {
		t.Fatalf("the sum of %s is %q %s, want %s", module, got.Sum, got.Error, sum)
	}
	return got.Dir
}
