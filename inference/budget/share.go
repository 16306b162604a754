package budget

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
)

var (
	// ErrFull reports that too much waits already: what was refused may fit later.
	ErrFull = errors.New("too much is under way")
	// ErrTooLarge reports what can never fit.
	ErrTooLarge = errors.New("it takes too much memory")
)

// How many may wait for a share: as many small ones as can be answered within a
// deadline, and of the large ones, which may take a second each, few.
const (
	maxWaiting      = 1024
	maxLargeWaiting = 64
)

// Share is a part of a [Budget]. Small leases have a quarter of it to themselves
// and a queue of their own, so that they do not wait for large ones.
type Share struct {
	Name string

	budget *Budget
	part   int64 // sixteenths of the budget
	small  int64 // the most bytes of a small lease

	mu      sync.Mutex
	lanes   [2]lane // of small and large leases
	refused int64
}

// lane is a queue, first come first served, for some of a share's bytes.
type lane struct {
	total, held   int64
	places, taken int // of work under way; no places means any number
	waiting       list.List
	most          int // that may wait
}

// waiter is a lease that waits.
type waiter struct {
	bytes   int64
	granted chan struct{}
}

func (s *Share) resize(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lanes[0].total, s.lanes[1].total = bytes/4, bytes-bytes/4
	for i := range s.lanes {
		s.lanes[i].grant()
	}
}

// Lease is memory that was given out. A nil lease is none.
type Lease struct {
	share *Share
	lane  *lane
	bytes int64
	place bool
}

// Acquire takes bytes, and a place where the share has places, when they are
// free. Heavy says that the work is large whatever the memory. It fails with
// [ErrFull], [ErrTooLarge], or with ctx's error when ctx ends first.
func (s *Share) Acquire(ctx context.Context, bytes int64, heavy bool) (*Lease, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	l := s.laneOf(bytes, heavy)
	lease := &Lease{share: s, lane: l, bytes: bytes, place: l.places > 0}
	switch {
	case bytes > l.total:
		s.refused++
		err := s.tooLarge(bytes, l.total)
		s.mu.Unlock()
		return nil, err
	case l.waiting.Len() == 0 && l.fits(bytes):
		l.take(bytes)
		s.mu.Unlock()
		s.hold(bytes)
		return lease, nil
	case l.waiting.Len() >= l.most:
		s.refused++
		s.mu.Unlock()
		return nil, fmt.Errorf("%w: %d wait for the memory of %s, which is the bound: send the request again in a moment", ErrFull, l.most, s.Name)
	}
	w := &waiter{bytes: bytes, granted: make(chan struct{})}
	element := l.waiting.PushBack(w)
	s.mu.Unlock()
	select {
	case <-w.granted:
		s.hold(bytes)
		return lease, nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-w.granted: // Just now.
		l.give(bytes, true)
	default:
		l.waiting.Remove(element)
	}
	l.grant() // Those behind it may fit.
	return nil, ctx.Err()
}

func (s *Share) hold(bytes int64) {
	if s == s.budget.Pictures {
		s.budget.goHeap.add(bytes)
	}
	s.budget.hold(bytes)
}

func (s *Share) free(bytes int64) {
	if s == s.budget.Pictures {
		s.budget.goHeap.add(-bytes)
	}
	s.budget.free(bytes)
}

// laneOf returns the lane for so many bytes: the large one also where a small
// budget's other one could never hold them.
func (s *Share) laneOf(bytes int64, heavy bool) *lane {
	if heavy || bytes > min(s.small, s.lanes[0].total) {
		return &s.lanes[1]
	}
	return &s.lanes[0]
}

func (s *Share) tooLarge(bytes, most int64) error {
	return fmt.Errorf("%w: %d MiB, and %s may take %d MiB in this server: send less, or give its container more memory", ErrTooLarge, bytes>>20, s.Name, most>>20)
}

// Open returns an empty lease, for memory that comes bit by bit.
func (s *Share) Open() *Lease { return &Lease{share: s, lane: &s.lanes[0]} }

// Grow adds bytes to a lease at once, or fails with [ErrFull] or [ErrTooLarge]:
// who holds memory must not wait for more.
func (l *Lease) Grow(bytes int64) error {
	if err := l.grow(bytes); err != nil {
		return err
	}
	l.share.hold(bytes)
	return nil
}

func (l *Lease) grow(bytes int64) error {
	s := l.share
	s.mu.Lock()
	defer s.mu.Unlock()
	to, more := s.laneOf(l.bytes+bytes, false), bytes
	if to != l.lane {
		more += l.bytes // All of it moves.
	}
	switch {
	case l.bytes+bytes > to.total:
		s.refused++
		return s.tooLarge(l.bytes+bytes, to.total)
	case to.waiting.Len() > 0 || !to.fits(more):
		s.refused++
		return fmt.Errorf("%w: %s hold %d MiB of the %d MiB that they may: send the request again in a moment", ErrFull, s.Name, to.held>>20, to.total>>20)
	}
	to.held += more
	if to != l.lane {
		l.lane.held -= l.bytes
		l.lane.grant()
		l.lane = to
	}
	l.bytes += bytes
	return nil
}

// Shrink gives back all but so many bytes, and the place.
func (l *Lease) Shrink(to int64) {
	if l == nil {
		return
	}
	l.share.mu.Lock()
	freed := max(0, l.bytes-to)
	l.lane.give(freed, l.place)
	l.bytes, l.place = l.bytes-freed, false
	l.lane.grant()
	l.share.mu.Unlock()
	l.share.free(freed)
}

// Release gives everything back. It may be called again, and does nothing then.
func (l *Lease) Release() { l.Shrink(0) }

func (l *lane) fits(bytes int64) bool {
	return l.held+bytes <= l.total && (l.places == 0 || l.taken < l.places)
}

func (l *lane) take(bytes int64) {
	l.held += bytes
	if l.places > 0 {
		l.taken++
	}
}

func (l *lane) give(bytes int64, place bool) {
	l.held -= bytes
	if place && l.places > 0 {
		l.taken--
	}
}

// grant lets in as many as fit, in their order.
func (l *lane) grant() {
	for front := l.waiting.Front(); front != nil; front = l.waiting.Front() {
		w := front.Value.(*waiter)
		if !l.fits(w.bytes) {
			return
		}
		l.take(w.bytes)
		l.waiting.Remove(front)
		close(w.granted)
	}
}

// State is what a share tells of itself.
type State struct {
	Limit, Held int64 // bytes
	Waiting     int
	Refused     int64 // since the start
}

// State returns what is held, waits and was refused.
func (s *Share) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := State{Refused: s.refused}
	for i := range s.lanes {
		l := &s.lanes[i]
		state.Limit, state.Held, state.Waiting = state.Limit+l.total, state.Held+l.held, state.Waiting+l.waiting.Len()
	}
	return state
}
