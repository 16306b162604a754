package budget

import (
	"runtime"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/prometheus/procfs"
)

// unknownMemory is taken for the machine's where neither a cgroup nor the
// system tells: 4 GiB.
const unknownMemory = 4 << 30

// Memory returns the bytes of memory that the process may take: those asked for,
// or the container's limit, or else half of the machine's, which is no limit and
// which others use, too.
func Memory(asked int64) (bytes int64, limited bool) {
	if asked > 0 {
		return asked, true
	}
	system, err := memlimit.FromSystem()
	if err != nil || system == 0 {
		system = unknownMemory
	}
	if container, err := memlimit.FromCgroup(); err == nil && container < system {
		return int64(container), true //nolint:gosec // Less than the system's.
	}
	return int64(system) / 2, false //nolint:gosec // No machine has 8 EiB.
}

// Others returns the bytes that the process holds beside Go's memory: the
// model's, ONNX Runtime's and the programs themselves.
func Others() int64 {
	self, err := procfs.Self()
	if err != nil {
		return 0
	}
	status, err := self.NewStatus()
	if err != nil {
		return 0
	}
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	return max(0, int64(status.VmRSS)-int64(heap.Sys-heap.HeapReleased)) //nolint:gosec // No machine has 8 EiB.
}
