package model

import (
	"fmt"
	"sync"

	ort "github.com/yalue/onnxruntime_go"
)

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
	path, err := Library()
	if err != nil {
		return err
	}
	if err := logRuntime(path); err != nil {
		return fmt.Errorf("loading ONNX Runtime from %s: %w", path, err)
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
