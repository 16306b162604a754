package server

import (
	"sync"
	"time"
)

// overload knows for how long a server has refused more requests than it took on,
// second by second. A second without refusals ends an overload.
type overload struct {
	mu             sync.Mutex
	since          time.Time // the first second of the overload; zero if there is none
	second         time.Time
	refused, taken int // in that second
}

// note counts a request that was refused for want of room, or taken on.
func (o *overload) note(now time.Time, refused bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pass(now)
	if refused {
		o.refused++
	} else {
		o.taken++
	}
}

// lasted returns for how long there has been an overload; 0 means that there is none.
func (o *overload) lasted(now time.Time) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pass(now)
	if o.since.IsZero() {
		return 0
	}
	return now.Sub(o.since)
}

// pass judges the second that has passed, if one has.
func (o *overload) pass(now time.Time) {
	gone := now.Sub(o.second)
	if gone < time.Second {
		return
	}
	switch {
	case o.refused <= o.taken || gone >= 2*time.Second:
		o.since = time.Time{}
	case o.since.IsZero():
		o.since = o.second
	}
	o.second, o.refused, o.taken = now, 0, 0
}
