package fetch

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// slots bound what is under way, in total and for each origin, so that one slow
// origin cannot take the places of all the others.
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

// place is one of the slots of an origin, and one of all.
type place struct {
	slots *slots

	mu    sync.Mutex
	ended bool
	name  string
	host  *hostSlots // nil where it has none
}

func newSlots(total, perHost int) *slots {
	return &slots{total: semaphore.NewWeighted(int64(total)), perHost: int64(perHost), hosts: make(map[string]*hostSlots)}
}

// acquire waits for a place, first of the origin, which the caller releases.
func (s *slots) acquire(ctx context.Context, name string) (*place, error) {
	p := &place{slots: s}
	return p, p.take(ctx, name)
}

// take is called by one at a time, and with no place taken.
func (p *place) take(ctx context.Context, name string) error {
	h := p.slots.enter(name)
	if err := h.free.Acquire(ctx, 1); err != nil {
		p.slots.leave(name, h)
		return err
	}
	if err := p.slots.total.Acquire(ctx, 1); err != nil {
		h.free.Release(1)
		p.slots.leave(name, h)
		return err
	}
	p.name, p.host = name, h
	return nil
}

func (p *place) give() {
	if p.host != nil {
		p.slots.total.Release(1)
		p.host.free.Release(1)
		p.slots.leave(p.name, p.host)
		p.host = nil
	}
}

// move changes to a place of another origin, for which it waits until ctx ends;
// there is no place then.
func (p *place) move(ctx context.Context, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended || p.name == name {
		return
	}
	p.give()
	_ = p.take(ctx, name) // What fails is the context, and with it the request.
}

// release gives the place back, once.
func (p *place) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	p.give()
}

func (s *slots) enter(name string) *hostSlots {
	s.mu.Lock()
	defer s.mu.Unlock()
	h, ok := s.hosts[name]
	if !ok {
		h = &hostSlots{free: semaphore.NewWeighted(s.perHost)}
		s.hosts[name] = h
	}
	h.users++
	return h
}

func (s *slots) leave(name string, h *hostSlots) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.users--; h.users == 0 {
		delete(s.hosts, name)
	}
}
