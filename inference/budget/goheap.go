package budget

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// goHeap is Go's own memory, which has what is left beside decoders in C.
type goHeap struct {
	mu      sync.Mutex
	most    int64 // without decoders; 0 means that nothing is bounded
	outside int64 // that decoders hold
	step    int64 // in force
}

// heapStep is by how much Go's bound changes, in bytes. Each change stops all
// goroutines for a moment.
const heapStep = 32 << 20

func (h *goHeap) bound(most int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.most = most
	h.step = -1
	h.set()
}

// add counts what decoders have taken, or given back.
func (h *goHeap) add(bytes int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.outside += bytes
	h.set()
}

func (h *goHeap) set() {
	step := (h.outside + heapStep - 1) / heapStep
	if h.most == 0 || step == h.step {
		return
	}
	lowered := step > h.step
	h.step = step
	limit := max(h.most-step*heapStep, h.most/4)
	debug.SetMemoryLimit(limit)
	// A bound alone gives nothing back before Go asks for memory again, while a
	// decoder takes its own at once.
	if lowered && mapped() > limit {
		debug.FreeOSMemory()
	}
}

// mapped returns the bytes that Go has of the system, which its bound is about.
func mapped() int64 {
	sizes := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(sizes)
	return int64(sizes[0].Value.Uint64() - sizes[1].Value.Uint64()) //nolint:gosec // No machine has 8 EiB.
}
