package server

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// probes adds the routes that Kubernetes asks.
func (s *Server) probes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+contract.HealthPath, func(w http.ResponseWriter, r *http.Request) {
		writeProbe(w, r, map[string]string{"status": "alive"}, s.alive())
	})
	mux.HandleFunc("GET "+contract.ReadyPath, func(w http.ResponseWriter, r *http.Request) {
		name, err := s.isReady()
		writeProbe(w, r, map[string]string{"status": "ready", "model": name}, err)
	})
}

// writeProbe answers with a value, or with an error in its place, neither of which
// is counted or logged.
func writeProbe(w http.ResponseWriter, r *http.Request, value any, err error) {
	if err == nil {
		err = writeJSON(w, http.StatusOK, value)
	}
	if err != nil {
		writeProblem(w, r, asProblem(err))
	}
}

// isReady returns the model's name, or why traffic should not come here.
func (s *Server) isReady() (string, error) {
	current, err := s.acquire()
	if err != nil {
		return "", err
	}
	defer current.users.Done()
	limit, full := s.settings.OverloadLimit(), max(current.Model().Full(), s.overload.lasted(time.Now()))
	lost := lostTowers(current.Model())
	switch {
	case s.draining.Load():
		return "", problem(http.StatusServiceUnavailable, "draining", "the server is shutting down")
	case len(lost) > 0:
		return "", problem(http.StatusServiceUnavailable, "device_lost", "the last run of a tower (%v) failed, and so did a probe of it; the log says why", lost)
	case limit > 0 && full > limit:
		return "", problem(http.StatusServiceUnavailable, "overloaded", "most requests have been refused for %v, which is longer than server.overload_seconds", full.Round(time.Second))
	}
	return current.Model().Name(), s.keys.missing()
}

// alive says why the process should be started anew, if it should.
func (s *Server) alive() error {
	limit := s.settings.WatchdogLimit()
	current, err := s.acquire()
	if err != nil || limit == 0 {
		return nil //nolint:nilerr // A model that loads is alive; one that cannot ends the process.
	}
	defer current.users.Done()
	if busy := current.Model().Busy(); busy > limit {
		return problem(http.StatusServiceUnavailable, "stuck", "a run of the model has not ended in %v, which is longer than server.watchdog_seconds", busy.Round(time.Second))
	}
	if current.broken.Load() {
		return problem(http.StatusServiceUnavailable, "broken", "the watchdog's inference failed; the log says why")
	}
	return nil
}

// lostTowers are those that do not compute.
func lostTowers(m *model.Model) (lost []model.Tower) {
	for _, t := range model.Towers {
		if m.Lost(t) != nil {
			lost = append(lost, t)
		}
	}
	return lost
}

// logChanges writes down when a tower of a model is lost, and when it is back.
func (s *Server) logChanges(m *model.Model) {
	m.OnChange(func(t model.Tower, lost error) {
		if lost != nil {
			s.log.Error("a run failed, and so did the probe behind it: not ready until one goes well", "tower", t, "err", lost)
		} else {
			s.log.Info("the tower computes again", "tower", t)
		}
	})
}

// watchEvery is how often a tower is looked at for whether it needs a probe.
const watchEvery = time.Second

// watch probes a tower that is lost, so that the server is ready again when it is
// found, and one whose last run that went well is as long ago as a run may last, so
// that a device that is lost is noticed when nobody calls. Where somebody does,
// their runs show that it computes.
func (s *Server) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.probe(ctx)
		}
	}
}

func (s *Server) probe(ctx context.Context) {
	current, err := s.acquire()
	if err != nil {
		return
	}
	defer current.users.Done()
	limit, recent := s.settings.WatchdogLimit(), s.settings.WatchdogLimit()
	if limit == 0 {
		limit, recent = s.settings.RequestTimeout(), math.MaxInt64
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	// A probe that does not come to run, since the queue is long, is no proof of a
	// broken model, and nor is one that fails with what else is in its batch.
	err = current.Model().Probe(ctx, recent)
	lost := len(lostTowers(current.Model())) > 0
	if err == nil || lost {
		current.broken.Store(lost)
	}
}
