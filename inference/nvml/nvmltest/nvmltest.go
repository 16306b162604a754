// Package nvmltest makes stand-ins for NVML that tests can load.
package nvmltest

import (
	_ "embed"
	"os/exec"
	"path/filepath"
	"testing"
)

//go:embed testdata/standin.c
var source string

// Library compiles a stand-in with one GPU of 80 GiB, a quarter of it in use, and
// returns its path. Defines are those of standin.c that are to differ.
func Library(t *testing.T, defines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "libnvidia-ml.so.1")
	command := exec.CommandContext(t.Context(), "gcc", append([]string{"-shared", "-fPIC", "-o", path, "-x", "c", "-"}, defines...)...) //nolint:gosec // A test's.
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = stdin.Write([]byte(source)); _ = stdin.Close() }()
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("compiling a stand-in for NVML: %v: %s", err, out)
	}
	return path
}
