package model

// #cgo LDFLAGS: -ldl
// #include <stdlib.h>
// #include "runtimelog.h"
import "C"

import (
	"context"
	"errors"
	"log/slog"
	"unsafe"
)

// severities are slog's levels of ONNX Runtime's, which begin at verbose.
var severities = [...]slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError, slog.LevelError}

// logRuntime has the ONNX Runtime at that path write what it logs to slog's
// default logger, instead of lines of its own to stderr. It must come before
// anything else makes its environment.
func logRuntime(path string) error {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	if failure := C.rsclip_log_runtime(name); failure != nil {
		return errors.New(C.GoString(failure))
	}
	return nil
}

//export rsclipRuntimeLog
func rsclipRuntimeLog(severity C.int, location, message *C.char) {
	level := severities[max(0, min(int(severity), len(severities)-1))]
	slog.LogAttrs(context.Background(), level, "ONNX Runtime: "+C.GoString(message), slog.String("at", C.GoString(location)))
}
