package main

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/internal/standins"
)

// TestAGPUThatIsLost serves by ONNX Runtime's CUDA provider on libraries that
// stand in for CUDA's, and has every run fail from some moment on, as after a
// kernel's illegal access. No traffic may go there from then on, and the pod must
// be started anew.
func TestAGPUThatIsLost(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(filepath.Join("..", standins.Installed, "onnxruntime"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		t.Skip("no CUDA libraries: `make .build/cuda/installed` fetches them, 1.7 GB")
	}
	libraries, fault := t.TempDir(), filepath.Join(t.TempDir(), "fault")
	if err := standins.Build(t.Context(), filepath.Join(root, "libonnxruntime_providers_cuda.so"), libraries); err != nil {
		t.Fatal(err)
	}
	server := start(
		t, exported(t), "server: {drain_seconds: -1, request_timeout_seconds: 600, watchdog_seconds: 4}\ncache: {text_mib: -1}\n",
		"env", model.LibraryEnv+"="+filepath.Join(root, "libonnxruntime.so.1"), "LD_LIBRARY_PATH="+libraries, "STANDIN_WIDTH=40", "STANDIN_FAULT="+fault,
		"sh", "-c", `exec "$@" -device cuda`, "sh",
	).ready(t)
	server.serves(t, "before")
	if err := os.WriteFile(fault, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if status, answer := server.embed(t.Context(), "after", "600"); status != http.StatusInternalServerError {
		t.Errorf("status %d, want 500: %s", status, answer)
	}
	become(t, server.url+"/ready", http.StatusServiceUnavailable)
	become(t, server.url+"/health", http.StatusServiceUnavailable)
}
