package model

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

// LibraryEnv names the environment variable that holds the path of
// libonnxruntime where it is not in one of the usual places.
const LibraryEnv = "ONNXRUNTIME_LIB"

// libraryPaths are tried in order where [LibraryEnv] is not set; the first is
// relative to the folder of the running program.
var libraryPaths = []string{
	"../lib/libonnxruntime.so.1",
	"/usr/local/lib/libonnxruntime.so.1",
	"/usr/lib/x86_64-linux-gnu/libonnxruntime.so.1",
}

// environment guards the ONNX Runtime environment, which is a process-wide
// singleton by nature. It is made once and lives as long as the process.
var environment sync.Mutex

// LoadRuntime loads libonnxruntime, once per process. [Open] does it too.
func LoadRuntime() error {
	environment.Lock()
	defer environment.Unlock()
	if ort.IsInitialized() {
		return nil
	}
	path, err := findLibrary()
	if err != nil {
		return err
	}
	ort.SetSharedLibraryPath(path)
	if err := ort.InitializeEnvironment(ort.WithLogLevelError()); err != nil {
		return fmt.Errorf("loading ONNX Runtime from %s: %w", path, err)
	}
	return nil
}

// RuntimeVersion returns ONNX Runtime's own version, and "" before it is loaded.
func RuntimeVersion() string {
	environment.Lock()
	defer environment.Unlock()
	if !ort.IsInitialized() {
		return ""
	}
	return ort.GetVersion()
}

func findLibrary() (string, error) {
	if path := os.Getenv(LibraryEnv); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("loading ONNX Runtime from %s: %w", LibraryEnv, err)
		}
		return path, nil
	}
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("looking for ONNX Runtime: %w", err)
	}
	for _, p := range libraryPaths {
		if !filepath.IsAbs(p) {
			p = filepath.Join(filepath.Dir(program), p)
		}
		_, err := os.Stat(p)
		if err == nil {
			return p, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("looking for ONNX Runtime: %w", err)
		}
	}
	return "", fmt.Errorf("looking for ONNX Runtime: libonnxruntime.so.1 is in none of %q; set %s to its path", libraryPaths, LibraryEnv)
}
