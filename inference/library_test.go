package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/model"
)

// TestTheProgramFindsItsLibrary runs the program from its tree without a
// variable that says where ONNX Runtime is: as `go run` does, and as a copy that
// somebody has put into the tree, called from elsewhere.
func TestTheProgramFindsItsLibrary(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out what builds the program")
	}
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp("../.build", "test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	copied, err := filepath.Abs(filepath.Join(folder, "copied"))
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", program, copied).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	dir := exported(t)
	run := func(in string, command ...string) (string, error) {
		c := exec.Command(command[0], append(command[1:], "check", "-model", dir)...)
		c.Dir = in
		for _, variable := range os.Environ() {
			if !strings.HasPrefix(variable, model.LibraryEnv+"=") {
				c.Env = append(c.Env, variable)
			}
		}
		out, err := c.CombinedOutput()
		return string(out), err
	}
	if out, err := run(t.TempDir(), copied); err != nil {
		t.Errorf("a copy in the tree: %v: %s", err, out)
	}
	if out, err := run(".", "go", "run", "-trimpath", "."); err != nil {
		t.Errorf("go run: %v: %s", err, out)
	}
}
