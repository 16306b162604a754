package budget_test

import (
	"bytes"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/seed-74198975/rsclip/inference/budget"
)

// TestGoMakesRoomForDecoders looks at Go's bound while pictures hold memory. It is the
// process's, so that the test runs alone.
func TestGoMakesRoomForDecoders(t *testing.T) {
	const mib = 1 << 20
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	b := budget.New(16*1000*mib, 4)
	large := take(t, b.Pictures, 100*mib, false)
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("%d MiB, and nothing is bounded", got/mib)
	}
	b.BoundGo(800 * mib)
	want := func(when string, mibs int64) {
		t.Helper()
		if got := debug.SetMemoryLimit(-1) / mib; got != mibs {
			t.Errorf("%s: Go is bounded by %d MiB, want %d", when, got, mibs)
		}
	}
	want("with 100 MiB", 800-128)
	bodies := take(t, b.Bodies, 500*mib, false)
	want("with 500 MiB of bodies, which are Go's", 800-128)
	another := take(t, b.Pictures, 30*mib, false)
	want("with 130 MiB", 800-160)
	large.Shrink(100 * mib) // Its place only.
	more := take(t, b.Pictures, 2000*mib, true)
	want("with more than there is", 200)
	more.Release()
	large.Shrink(mib)
	want("with 31 MiB", 800-32)
	large.Release()
	another.Release()
	bodies.Release()
	want("with nothing", 800)
}

// TestGarbageMakesRoomForDecoders has garbage that Go would keep, and takes memory for
// a decoder beside it.
func TestGarbageMakesRoomForDecoders(t *testing.T) {
	const mib = 1 << 20
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	b := budget.New(16*1000*mib, 4)
	b.BoundGo(800 * mib)
	garbage := bytes.Repeat([]byte{1}, 400*mib)
	runtime.KeepAlive(garbage)
	had := goMemory()
	lease := take(t, b.Pictures, 500*mib, true)
	defer lease.Release()
	if has := goMemory(); has > had-300*mib {
		t.Errorf("Go had %d MiB, 400 of them garbage, and has %d beside a decoder of 500", had/mib, has/mib)
	}
}

func goMemory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys - m.HeapReleased
}
