package main

import (
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/prometheus/procfs"
)

// boundMemory has Go collect its garbage before the container's memory is full.
// What the process holds besides Go's memory by now, which is ONNX Runtime's and
// the programs themselves, and a tenth of all are left alone. It does nothing where the container has no
// limit, or GOMEMLIMIT sets Go's.
func boundMemory(log *slog.Logger) {
	all, err := memlimit.FromCgroup()
	if err != nil || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	self, err := procfs.Self()
	if err != nil {
		return
	}
	status, err := self.NewStatus()
	if err != nil {
		return
	}
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	others := max(0, int64(status.VmRSS)-int64(heap.Sys-heap.HeapReleased)) //nolint:gosec // No machine has 8 EiB.
	limit := max(int64(all/10*9)-others, int64(all/10))                     //nolint:gosec // See above.
	debug.SetMemoryLimit(limit)
	log.Info("memory bounded", "container_mib", all>>20, "go_mib", limit>>20)
}
