package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// TestManifestsRunTheProgram reads every manifest that the constructs' tests
// hold, that dist/ has, and that the examples' settings make: the program must
// take each container's arguments, and read each pod's settings.
func TestManifestsRunTheProgram(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out what builds the app")
	}
	seen := make(map[string]int)
	for _, pattern := range []string{"../constructs/testdata/*.golden.yaml", "../dist/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("no manifests at %s: %v", pattern, err)
		}
		runsTheProgram(t, files, seen)
	}
	app := filepath.Join(t.TempDir(), "app")
	if out, err := exec.Command("go", "build", "-o", app, "..").CombinedOutput(); err != nil {
		t.Fatalf("building the cdk8s app: %v: %s", err, out)
	}
	values, err := filepath.Glob("../examples/values/*.yaml")
	if err != nil || len(values) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range values {
		dir := t.TempDir()
		if out, err := exec.Command(app, "--values", file, "--outdir", dir).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", file, err, out)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		runsTheProgram(t, files, seen)
	}
	for _, command := range []string{contract.Serve, contract.Pull, contract.FetchModel, contract.FetchIndex, contract.Index} {
		if seen[command] == 0 {
			t.Errorf("no container runs %q", command)
		}
	}
}

// object is what the test reads of a Deployment, Job or ConfigMap.
type object struct {
	Kind string            `json:"kind"`
	Data map[string]string `json:"data"`
	Spec struct {
		Template struct {
			Spec struct {
				InitContainers []container `json:"initContainers"`
				Containers     []container `json:"containers"`
			} `json:"spec"`
		} `json:"template"`
	} `json:"spec"`
}

type container struct {
	Name    string   `json:"name"`
	Image   string   `json:"image"`
	Command []string `json:"command"`
	Args    []string `json:"args"`
	Env     []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"env"`
	VolumeMounts   []mount `json:"volumeMounts"`
	StartupProbe   probe   `json:"startupProbe"`
	LivenessProbe  probe   `json:"livenessProbe"`
	ReadinessProbe probe   `json:"readinessProbe"`
}

type mount struct {
	MountPath string `json:"mountPath"`
}

type probe struct {
	HTTPGet struct {
		Path string `json:"path"`
	} `json:"httpGet"`
}

// known are the variables that the program, CUDA and Go's own packages read, and the
// one that the golden of a site adds to show that any may be there.
var known = []string{
	contract.ModelConfigEnv, contract.AppConfigEnv, contract.ModelPathEnv, contract.ArchiveURLEnv, contract.IndexArchiveURLEnv, contract.CUDACacheEnv, contract.IndexPathEnv,
	contract.SearchURLEnv, contract.SearchKeyEnv,
	"HTTPS_PROXY", "SSL_CERT_FILE", "NODE",
}

func runsTheProgram(t *testing.T, files []string, seen map[string]int) {
	t.Helper()
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for document := range strings.SplitSeq(string(data), "\n---\n") {
			var o object
			if err := yaml.Unmarshal([]byte(document), &o); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			switch o.Kind {
			case "ConfigMap":
				readsSettings(t, file, o.Data)
			case "Deployment", "Job":
				pod := o.Spec.Template.Spec
				for _, c := range slices.Concat(pod.InitContainers, pod.Containers) {
					if c.Image == pod.Containers[0].Image { // A site's own have another.
						takesContainer(t, file, c, seen)
					}
				}
			}
		}
	}
}

// readsSettings parses the two files of a ConfigMap that has them.
func readsSettings(t *testing.T, file string, data map[string]string) {
	t.Helper()
	model, app := data[contract.ModelConfigFile], data[contract.AppConfigFile]
	if model == "" && app == "" {
		return // The rules of Prometheus' adapter, or a dashboard.
	}
	_, err := config.ParseModel([]byte(model))
	_, appErr := config.ParseApp([]byte(app))
	if err := errors.Join(err, appErr); err != nil {
		t.Errorf("%s: the server refuses its settings: %v", file, err)
	}
}

// takesContainer gives the program a container's arguments. Help at their end
// has it parse them all, and do nothing else.
func takesContainer(t *testing.T, file string, c container, seen map[string]int) {
	t.Helper()
	if len(c.Command) > 0 {
		t.Errorf("%s: %s runs %q, not the image's program", file, c.Name, c.Command)
	}
	args := c.Args
	if len(args) == 0 {
		args = []string{contract.Serve} // The image's.
	}
	seen[args[0]]++
	parses(t, file, args)
	for _, e := range c.Env {
		if !slices.Contains(known, e.Name) {
			t.Errorf("%s: %s has %s, which the program does not read", file, c.Name, e.Name)
		}
		if name := path.Base(e.Value); e.Name == contract.ModelConfigEnv && name != contract.ModelConfigFile || e.Name == contract.AppConfigEnv && name != contract.AppConfigFile {
			t.Errorf("%s: %s has %s in %s, which the ConfigMap has not", file, c.Name, e.Name, e.Value)
		}
		mounted := func(m mount) bool { return strings.HasPrefix(e.Value, m.MountPath+"/") }
		if strings.HasSuffix(e.Name, "CONFIG_PATH") && !slices.ContainsFunc(c.VolumeMounts, mounted) {
			t.Errorf("%s: %s is %s, where nothing is mounted", file, e.Name, e.Value)
		}
	}
	for _, p := range []struct{ got, want string }{
		{c.StartupProbe.HTTPGet.Path, contract.ReadyPath},
		{c.ReadinessProbe.HTTPGet.Path, contract.ReadyPath},
		{c.LivenessProbe.HTTPGet.Path, contract.HealthPath},
	} {
		if args[0] == contract.Serve && p.got != p.want {
			t.Errorf("%s: a probe asks %q, want %s", file, p.got, p.want)
		}
	}
}

// parses wants the program to understand arguments.
func parses(t *testing.T, file string, args []string) {
	t.Helper()
	var stderr bytes.Buffer
	if status := run(t.Context(), slices.Concat(args, []string{"-h"}), io.Discard, &stderr); status != 0 {
		t.Errorf("%s: the program refuses %q: %s", file, args, stderr.String())
	}
}

// TestAJobsDefaultsAreTheProgramsOwn compares what docs/props.md says of a job that
// makes an index with what the program does if the job says nothing.
func TestAJobsDefaultsAreTheProgramsOwn(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/props.md")
	if err != nil {
		t.Fatal(err)
	}
	var help bytes.Buffer
	if status := run(t.Context(), []string{"index", "-h"}, &help, &help); status != 0 {
		t.Fatalf("status %d: %s", status, help.String())
	}
	for name, prop := range map[string]string{"tile": "tile", "overlap": "overlap", "max-nodata": "maxNodata", "asset": "asset"} {
		is := regexp.MustCompile(`  -` + name + ` .*\n.*\(default (.*)\)\n`).FindStringSubmatch(help.String())
		says := regexp.MustCompile("\\| `indexJob\\." + prop + "` \\| [^|]* \\| ([^|]*) \\|").FindStringSubmatch(string(page))
		if is == nil || says == nil || is[1] != says[1] {
			t.Errorf("-%s: the program has the default %q, and the page says %q", name, is, says)
		}
	}
}

// TestTheImageRunsTheProgram holds the Dockerfile to what both sides assume of
// the image, and to the program's flags.
func TestTheImageRunsTheProgram(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	file := string(data)
	for _, want := range []string{
		`ENTRYPOINT ["` + contract.ProgramFile + `"]`, `CMD ["` + contract.Serve + `"]`,
		"/out/model /out" + contract.ModelFolder + "\n", "/out/rsclip /out" + contract.ProgramFile + " ",
	} {
		if !strings.Contains(file, want) {
			t.Errorf("the Dockerfile has no %q", want)
		}
	}
	calls := regexp.MustCompile(`/out/rsclip (export [^;]*);`).FindAllStringSubmatch(file, -1)
	if len(calls) == 0 {
		t.Error("the Dockerfile exports no model")
	}
	for _, call := range calls {
		parses(t, "Dockerfile", strings.Fields(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(call[1], "x")))
	}
	if exposed := fmt.Sprintf("EXPOSE %d\n", config.DefaultApp().Server.Port); !strings.Contains(file, exposed) {
		t.Errorf("the Dockerfile has no %q", exposed)
	}
}
