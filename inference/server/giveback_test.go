package server_test

import (
	"runtime"
	"testing"

	"github.com/seed-74198975/rsclip/inference/server"
)

// TestMemoryIsGivenBack has memory that was used once be the system's again.
func TestMemoryIsGivenBack(t *testing.T) {
	const bytes = 512 << 20
	func() {
		burst := make([]byte, bytes)
		for i := 0; i < bytes; i += 4096 {
			burst[i] = 1
		}
		runtime.KeepAlive(burst)
	}()
	held := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapSys - m.HeapReleased
	}
	before := held()
	server.Release()
	if after := held(); after > before-bytes/2 {
		t.Errorf("Go holds %d MiB, of %d MiB before", after>>20, before>>20)
	}
}
