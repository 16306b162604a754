package server

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// burst takes memory, and forgets it.
func burst(bytes int) {
	memory := make([]byte, bytes)
	for i := 0; i < bytes; i += 4096 {
		memory[i] = 1
	}
	runtime.KeepAlive(memory)
}

// TestMemoryIsGivenBack has memory that was used once be the system's again.
func TestMemoryIsGivenBack(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what lasts for seconds")
	}
	const bytes = 512 << 20
	burst(bytes)
	held := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapSys - m.HeapReleased
	}
	before := held()
	release()
	if after := held(); after > before-bytes/2 {
		t.Errorf("Go holds %d MiB, of %d MiB before", after>>20, before>>20)
	}
}

// TestWhenMemoryIsGivenBack counts the collections of garbage that a server asks for:
// when nobody asks for anything any more, and once after each burst of requests.
func TestWhenMemoryIsGivenBack(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what lasts for seconds")
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		s := new(Server)
		go s.giveBack(ctx)
		gaveBack := func(when string, want bool) {
			t.Helper()
			burst(4 * worthwhile)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			time.Sleep(3 * quiet)
			synctest.Wait()
			runtime.ReadMemStats(&after)
			if got := after.NumForcedGC != before.NumForcedGC; got != want {
				t.Errorf("%s: memory was given back: %v, want %v", when, got, want)
			}
		}
		gaveBack("before any request", false)
		s.begun.Add(1)
		s.underWay.Add(1)
		gaveBack("during a request", false)
		s.underWay.Add(-1)
		gaveBack("after a request", true)
		gaveBack("without another", false)
		s.begun.Add(1)
		gaveBack("after another", true)
		for range 6 { // One each time that the server looks.
			s.begun.Add(1)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			time.Sleep(quiet)
			synctest.Wait()
			if runtime.ReadMemStats(&after); after.NumForcedGC != before.NumForcedGC {
				t.Error("memory was given back between requests")
			}
		}
	})
}
