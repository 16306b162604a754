package server

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

const (
	// quiet is how long nobody may have asked anything before memory is given back.
	quiet = 10 * time.Second
	// worthwhile is how much of it there must be, in bytes.
	worthwhile = 64 << 20
)

// giveBack returns the memory of a burst of requests to the system once it is over.
// Go keeps what it has until it collects its garbage, which it does for want of
// memory, and nobody who asks for nothing wants any.
func (s *Server) giveBack(ctx context.Context) {
	tick := time.NewTicker(quiet)
	defer tick.Stop()
	var seen, given int64 // requests
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		begun := s.begun.Load()
		if begun == seen && begun != given && s.underWay.Load() == 0 {
			release()
			given = begun
		}
		seen = begun
	}
}

// release returns the memory that Go holds and does not use, if it is much.
func release() {
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	if before.HeapSys-before.HeapReleased < worthwhile {
		return
	}
	runtime.GC() // The second collection also empties pools.
	debug.FreeOSMemory()
}
