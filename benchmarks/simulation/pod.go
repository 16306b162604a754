package main

import (
	"math/rand/v2"

	"github.com/seed-74198975/rsclip/inference/batch"
)

// Pod is what was measured of one pod, and so what all of a service are like.
type Pod struct {
	// Name says what was measured, and on what.
	Name string `json:"name"`
	// BatchSeconds are the times of one run of 1, 2, 3... items; as many as the
	// largest batch has. A run's time varies by a Deviation of this part of it.
	BatchSeconds []float64 `json:"batch_seconds"`
	Deviation    float64   `json:"deviation,omitempty"`
	// UsualBatch is the most items of a run while few wait; 0 is the largest.
	UsualBatch int `json:"usual_batch,omitempty"`
	// DelaySeconds is how long a batch that is not full waits for more items
	// after a run has just ended.
	DelaySeconds float64 `json:"delay_seconds"`
	// AddedSeconds is what a request takes besides: the connection, decoding.
	AddedSeconds float64 `json:"added_seconds"`
	// ScanSeconds are the times of a scan of the index which 1, 2, 3... searches share,
	// if the requests are searches. It does not wait for the runs, nor they for it.
	ScanSeconds []float64 `json:"scan_seconds,omitempty"`
	// StartSeconds is from the creation of a pod to its first request.
	StartSeconds float64 `json:"start_seconds"`
}

// batches are the bounds of the pod's runs.
func (p Pod) batches() batch.Options {
	return batch.Options{MaxBatch: len(p.BatchSeconds), Usual: p.UsualBatch}
}

// The server's bounds by default: items that may wait for a tower, and seconds
// that a request may take.
const (
	queueItems     = 4096
	requestSeconds = 30
)

// server is a pod that works: the server's own queue and batches, in simulated
// time. An idle one runs an item at once; a run takes what [batch.Options.Take]
// says; after a run, a batch of less than the usual waits for more until its
// oldest item has waited for the pod's delay.
type server struct {
	pod    Pod
	random *rand.Rand
	// done is told of every request: how long it took, of that its run, and
	// whether it was answered.
	done func(seconds, run float64, ok bool)

	queue      []float64 // when items came
	running    []float64
	runSeconds float64
	runEnds    float64
	waits      bool // for more items, until
	waitEnds   float64
	scanning   scanning

	born, ready float64 // when it was created, and when it is ready
	draining    bool    // it gets no more requests
	answered    int
	started     int // items that runs have taken, and
	// waitedMicroseconds are how long these waited for them, in all.
	waitedMicroseconds     int
	scraped, begun, waited counter // of the three
}

// next returns when the server will do something by itself, and whether it will.
func (s *server) next() (float64, bool) {
	at, ok := s.nextRun()
	if end, scans := s.scanning.next(); scans && (!ok || end < at) {
		return end, true
	}
	return at, ok
}

func (s *server) nextRun() (float64, bool) {
	switch {
	case len(s.running) > 0:
		return s.runEnds, true
	case s.waits:
		return s.waitEnds, true
	}
	return 0, false
}

// arrive queues an item, or refuses it: it must not wait for more than half of a
// request's time.
func (s *server) arrive(now float64) {
	if n := s.pod.batches().Take(len(s.queue)); len(s.queue) >= queueItems ||
		n > 0 && float64(len(s.queue))/float64(n)*s.pod.BatchSeconds[n-1] > requestSeconds/2 {
		s.done(0, 0, false)
		return
	}
	s.queue = append(s.queue, now)
	if len(s.running) == 0 && (!s.waits || s.pod.batches().Enough(len(s.queue))) {
		s.start(now)
	}
}

// advance does what next has announced.
func (s *server) advance(now float64) {
	if end, scans := s.scanning.next(); scans && end <= now {
		r := s.scanning.dismount(now)
		s.answer(now, r.arrived, r.run)
		return
	}
	if len(s.running) == 0 {
		s.start(now)
		return
	}
	for _, arrived := range s.running {
		if s.scanning.times == nil {
			s.answer(now, arrived, s.runSeconds)
		} else {
			s.scanning.mount(now, arrived, s.runSeconds)
		}
	}
	s.running = s.running[:0]
	if len(s.queue) == 0 {
		return
	}
	if until := s.queue[0] + s.pod.DelaySeconds; !s.pod.batches().Enough(len(s.queue)) && until > now {
		s.waits, s.waitEnds = true, until
		return
	}
	s.start(now)
}

// answer ends a request.
func (s *server) answer(now, arrived, run float64) {
	s.answered++
	s.done(now-arrived+s.pod.AddedSeconds, run, true)
}

// start runs what waits, but for items whose callers have left.
func (s *server) start(now float64) {
	s.waits = false
	for len(s.queue) > 0 && now-s.queue[0] > requestSeconds {
		s.done(requestSeconds, 0, false)
		s.queue = s.queue[1:]
	}
	n := s.pod.batches().Take(len(s.queue))
	if n == 0 {
		return
	}
	s.running = append(s.running, s.queue[:n]...)
	s.started += n
	for _, arrived := range s.running {
		s.waitedMicroseconds += int(1e6 * (now - arrived))
	}
	s.queue = s.queue[n:]
	seconds := s.pod.BatchSeconds[n-1]
	if s.pod.Deviation > 0 {
		seconds *= max(0.5, 1+s.pod.Deviation*s.random.NormFloat64())
	}
	s.runSeconds, s.runEnds = seconds, now+seconds
}
