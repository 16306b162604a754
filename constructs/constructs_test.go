package constructs_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/constructs"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// jsii talks to one Node.js process, one request at a time: no test that makes
// constructs may run in parallel.

// newChart is a chart that nobody writes. That of cdk8s's own Testing_Chart leaves a
// folder of temporary files behind.
func newChart() cdk8s.Chart {
	return cdk8s.NewChart(cdk8s.NewApp(nil), new("test"), nil)
}

// manifest synthesizes one chart to YAML.
func manifest(t *testing.T, build func(chart cdk8s.Chart)) string {
	t.Helper()
	app := cdk8s.NewApp(&cdk8s.AppProps{Outdir: new(t.TempDir())})
	build(cdk8s.NewChart(app, new("chart"), nil))
	return *app.SynthYaml()
}

// golden compares a manifest with testdata/name.golden.yaml.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden.yaml")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-golden +synthesized):\n%s", file, diff)
	}
}

// refusal returns the error that making a construct panics with.
func refusal(t *testing.T, build func(chart cdk8s.Chart)) (err *constructs.PropsError) {
	t.Helper()
	defer func() {
		if failure := recover(); failure != nil {
			if e, ok := failure.(error); !ok || !errors.As(e, &err) {
				t.Fatalf("panicked with %v: must be a PropsError", failure)
			}
		}
	}()
	build(newChart())
	t.Fatal("accepted")
	return nil
}

// refusedFor asserts that a refusal is one line that has every part.
func refusedFor(t *testing.T, err error, parts []string) {
	t.Helper()
	if strings.ContainsAny(err.Error(), "\n\r") {
		t.Errorf("error is more than one line: %q", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
}

// TestEveryConstructHasAnExample holds the examples to the constructs.
func TestEveryConstructHasAnExample(t *testing.T) {
	t.Parallel()
	examples, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`(?m)^func (New\w+)\(scope `).FindAllSubmatch(source, -1) {
			found++
			if !bytes.Contains(examples, []byte("func Example"+string(match[1])+"()")) {
				t.Errorf("%s has no example", match[1])
			}
		}
	}
	if found < 5 {
		t.Errorf("%d constructs were found", found)
	}
}
