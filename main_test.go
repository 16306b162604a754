package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the app as it is built for its users. It is not built with
// the race detector, which finds that jsii's own Close waits twice at a time.
func TestScripts(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out what runs the app")
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, "rsclip-app"), ".").CombinedOutput(); err != nil {
		t.Fatalf("building the app: %v\n%s", err, out)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			env.Setenv("HOME", os.Getenv("HOME")) // where jsii caches packages
			env.Setenv("PATH", bin+string(filepath.ListSeparator)+env.Getenv("PATH"))
			return nil
		},
	})
}
