package fetch

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// slots bound the fetches under way, in total and for each host, so that one
// slow host cannot take the places of all the others.
type slots struct {
	total   *semaphore.Weighted
	perHost int64

	mu    sync.Mutex
	hosts map[string]*hostSlots
}

// hostSlots are there while somebody uses or awaits them.
type hostSlots struct {
	users int
	free  *semaphore.Weighted
}

func newSlots(total, perHost int) *slots {
	return &slots{total: semaphore.NewWeighted(int64(total)), perHost: int64(perHost), hosts: make(map[string]*hostSlots)}
}

// acquire waits for a slot, first of the host, and returns what gives it back.
func (s *slots) acquire(ctx context.Context, host string) (release func(), err error) {
	h := s.enter(host)
	if err := h.free.Acquire(ctx, 1); err != nil {
		s.leave(host, h)
		return nil, err
	}
	if err := s.total.Acquire(ctx, 1); err != nil {
		h.free.Release(1)
		s.leave(host, h)
		return nil, err
	}
	return func() {
		s.total.Release(1)
		h.free.Release(1)
		s.leave(host, h)
	}, nil
}

func (s *slots) enter(host string) *hostSlots {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.hosts[host]
	if !ok {
		h = &hostSlots{free: semaphore.NewWeighted(s.perHost)}
		s.hosts[host] = h
	}
	h.users++
	return h
}

func (s *slots) leave(host string, h *hostSlots) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.users--; h.users == 0 {
		delete(s.hosts, host)
	}
}
