package schemas

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"k8s.io/client-go/openapi"
	"sigs.k8s.io/kubectl-validate/pkg/openapiclient"
	"sigs.k8s.io/kubectl-validate/pkg/validator"
)

// newest is the newest release of Kubernetes, and the sum of its module.
const (
	newest    = "v1.37.2"
	newestSum = "h1:A2VDEiObzkYqFTKhSsn0ZEb0RlLEXpHWj93gi2HqEwE="
)

// definitions are the custom resources that the manifests use, as
// `go run ./tools/imports` leaves them.
const definitions = "../../.build/crds"

// manifests are the synthesized files of the repository.
var manifests = []string{"../../dist/*.k8s.yaml", "../../dist/*/*.k8s.yaml", "../testdata/*.golden.yaml"}

func TestManifests(t *testing.T) {
	t.Parallel()
	documents := documents(t)
	for version, client := range versions(t) {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			v := newValidator(t, client)
			for name, document := range documents {
				if version != newest && (isForNewest(name) || isForNewer(version, document)) {
					continue
				}
				if err := validate(v, document); err != nil {
					t.Errorf("%s: %v\n%s", name, err, document)
				}
			}
		})
	}
}

// isForNewest reports whether a document is of a file with fields that 1.23 to
// 1.30 do not know: an image volume, or what a site of a newer cluster adds.
func isForNewest(name string) bool {
	golden, _, _ := strings.Cut(filepath.Base(name), "#")
	return slices.Contains([]string{"model-image.golden.yaml", "index-image.golden.yaml", "index-job-sources.golden.yaml", "site.golden.yaml"}, golden)
}

// since are the minor versions of Kubernetes that were the first to know a field.
var since = map[string]int{"nodeTaintsPolicy:": 25, "matchLabelKeys:": 25, "podFailurePolicy:": 25, "backoffLimitPerIndex:": 28}

// isForNewer reports whether a document has a field that a version does not know yet.
func isForNewer(version string, document []byte) bool {
	var minor int
	if _, err := fmt.Sscanf(version, "1.%d", &minor); err != nil {
		return false
	}
	for field, first := range since {
		if minor < first && bytes.Contains(document, []byte(field)) {
			return true
		}
	}
	return false
}

// TestRefuses proves on every version that the checks can fail.
func TestRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, from, to string }{
		{"field that is none", "serviceAccountName", "serviceAcountName"},
		{"string for a number", "replicas: 2", `replicas: "two"`},
		{"object of the wrong shape", "ports: []", "ports: {}"},
		{"required field left out", "  selector: {matchLabels: {app: a}}\n", ""},
	}
	const good = `apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: spaces}
spec:
  replicas: 2
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec:
      serviceAccountName: s
      containers:
      - name: c
        ports: []
`
	for version, client := range versions(t) {
		v := newValidator(t, client)
		if err := validate(v, []byte(good)); err != nil {
			t.Fatalf("%s refuses what is good: %v", version, err)
		}
		for _, tt := range tests {
			t.Run(version+"/"+tt.name, func(t *testing.T) {
				bad := strings.Replace(good, tt.from, tt.to, 1)
				if bad == good {
					t.Fatal("nothing was replaced")
				}
				if validate(v, []byte(bad)) == nil {
					t.Errorf("accepted:\n%s", bad)
				}
			})
		}
	}
}

// versions returns the schemas of every version that manifests must suit.
func versions(t *testing.T) map[string]openapi.Client {
	t.Helper()
	clients := map[string]openapi.Client{newest: openapiclient.NewLocalSchemaFiles(newestSchemas(t))}
	for minor := 23; minor <= 30; minor++ {
		version := fmt.Sprintf("1.%d", minor)
		clients[version] = openapiclient.NewOverlay(
			openapiclient.HardcodedPatchLoader(version), openapiclient.NewHardcodedBuiltins(version))
	}
	return clients
}

// newestSchemas lays the published API of the newest release out as
// kubectl-validate reads it: apis/GROUP/VERSION.json and api/VERSION.json.
func newestSchemas(t *testing.T) fstest.MapFS {
	t.Helper()
	folder := download(t, "k8s.io/kubernetes@"+newest, newestSum)
	schemas := fstest.MapFS{}
	for _, pattern := range []string{"api__*_openapi.json", "apis__*__*_openapi.json"} {
		files, err := filepath.Glob(filepath.Join(folder, "api", "openapi-spec", "v3", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no schemas %s in %s: %v", pattern, folder, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(filepath.Base(file), "_openapi.json")
			schemas[strings.ReplaceAll(name, "__", "/")+".json"] = &fstest.MapFile{Data: data}
		}
	}
	return schemas
}

func newValidator(t *testing.T, kubernetes openapi.Client) *validator.Validator {
	t.Helper()
	if _, err := os.Stat(definitions); err != nil {
		t.Fatalf("%v: run `make imports`", err)
	}
	v, err := validator.New(openapiclient.NewComposite(kubernetes, openapiclient.NewLocalCRDFiles(os.DirFS(definitions))))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func validate(v *validator.Validator, document []byte) error {
	_, object, err := v.Parse(document)
	if err != nil {
		return err
	}
	return v.Validate(object)
}

// documents returns those of all manifests, by file and number: of the repository, and
// of what the app makes of the settings files of the examples.
func documents(t *testing.T) map[string][]byte {
	t.Helper()
	all, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var read = sync.OnceValues(func() (all map[string][]byte, err error) {
	out, err := os.MkdirTemp("", "rsclip-schemas-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(out)) }()
	if err := synthesizeExamples(out); err != nil {
		return nil, err
	}
	all = map[string][]byte{}
	for _, pattern := range append(manifests, filepath.Join(out, "*", "*.k8s.yaml")) {
		files, err := filepath.Glob(pattern)
		if len(files) == 0 {
			return nil, errors.Join(fmt.Errorf("no manifests at %s", pattern), err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			for i, document := range bytes.Split(data, []byte("\n---\n")) {
				all[fmt.Sprintf("%s#%d", file, i)] = document
			}
		}
	}
	return all, nil
})

// synthesizeExamples runs the app with every settings file of the examples. The
// manifests of each are in a folder of its name.
func synthesizeExamples(out string) error {
	values, err := filepath.Glob("../../examples/values/*.yaml")
	if len(values) == 0 {
		return errors.Join(errors.New("no examples"), err)
	}
	app := filepath.Join(out, "app")
	build := exec.Command("go", "build", "-o", app, ".")
	build.Dir = "../.."
	if message, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the app: %w\n%s", err, message)
	}
	for _, file := range values {
		folder := filepath.Join(out, strings.TrimSuffix(filepath.Base(file), ".yaml"))
		if message, err := exec.Command(app, "--values", file, "--outdir", folder).CombinedOutput(); err != nil {
			return fmt.Errorf("synthesizing %s: %w\n%s", file, err, message)
		}
	}
	return nil
}
