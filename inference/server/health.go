package server

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/seed-74198975/rsclip/inference/batch"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// probes adds the routes that Kubernetes asks.
func (s *Server) probes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+contract.HealthPath, func(w http.ResponseWriter, _ *http.Request) {
		if err := s.alive(); err != nil {
			writeProblem(w, asProblem(err))
			return
		}
		writeJSON(w, http.StatusOK, map[string]string{"status": "alive"})
	})
	mux.HandleFunc("GET "+contract.ReadyPath, func(w http.ResponseWriter, _ *http.Request) {
		name, err := s.isReady()
		if err != nil {
			writeProblem(w, asProblem(err))
			return
		}
		writeJSON(w, http.StatusOK, map[string]string{"status": "ready", "model": name})
	})
}

// isReady returns the model's name, or why traffic should not come here.
func (s *Server) isReady() (string, error) {
	current, err := s.acquire()
	if err != nil {
		return "", err
	}
	defer current.users.Done()
	limit, full := s.settings.OverloadLimit(), current.Model().Full()
	switch {
	case s.draining.Load():
		return "", problem(http.StatusServiceUnavailable, "draining", "the server is shutting down")
	case limit > 0 && full > limit:
		return "", problem(http.StatusServiceUnavailable, "overloaded", "requests have been refused for %v, which is longer than server.overload_seconds", full.Round(time.Second))
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
	if s.watchdog.failed.Load() {
		return problem(http.StatusServiceUnavailable, "broken", "the watchdog's inference failed; the log says why")
	}
	return nil
}

// watchdog knows whether the model still computes.
type watchdog struct{ failed atomic.Bool }

// watch runs a tower whose last run failed, or is as long ago as a run may last,
// on one item, as a caller would, so that a device that is lost is noticed when
// nobody calls. Where somebody does, their runs show that it computes.
func (s *Server) watch(ctx context.Context) {
	limit := s.settings.WatchdogLimit()
	if limit == 0 {
		return
	}
	tick := time.NewTicker(max(time.Second, limit/4))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.probe(ctx, limit)
		}
	}
}

func (s *Server) probe(ctx context.Context, limit time.Duration) {
	current, err := s.acquire()
	if err != nil {
		return
	}
	defer current.users.Done()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	switch err := current.Model().Probe(ctx, limit); {
	case err == nil:
		s.watchdog.failed.Store(false)
	case errors.Is(err, batch.ErrFull), ctx.Err() != nil:
		// A long queue is no proof of a broken model; a run that does not end
		// shows otherwise.
	default:
		s.watchdog.failed.Store(true)
		s.log.Error("the watchdog's inference failed", "err", err)
	}
}
