// Package server answers for a model over HTTP.
package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/fetch"
	"github.com/seed-74198975/rsclip/inference/model"
)

// Limits on connections. Bodies have a minute, as a slow uplink may need, but
// no connection can hold a header, or idle, for longer than these.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	writeTimeout      = 120 * time.Second
	idleTimeout       = 90 * time.Second
	maxHeaderBytes    = 32 << 10
)

// Server is the HTTP API over one model.
type Server struct {
	log      *slog.Logger
	fetcher  *fetch.Fetcher
	metrics  *metrics
	workers  chan struct{} // a place for each picture prepared at the same time
	model    atomic.Pointer[model.Model]
	draining atomic.Bool
	drain    time.Duration
}

// New makes a server that is alive and not ready: it answers /health, and 503
// elsewhere, until [Server.SetModel].
func New(app config.App, log *slog.Logger) *Server {
	return &Server{
		log:     log,
		fetcher: fetch.New(app.Fetching()),
		metrics: newMetrics(),
		workers: make(chan struct{}, app.Server.Workers),
		drain:   app.Server.DrainDelay(),
	}
}

// SetModel makes the server ready with a model that has been warmed up.
func (s *Server) SetModel(m *model.Model) {
	s.model.Store(m)
	s.metrics.ready.Set(1)
}

// Handler returns the routes.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "alive"})
	})
	mux.HandleFunc("GET /ready", s.ready)
	mux.Handle("GET /metrics", s.metrics.handler())
	handle := func(pattern, path string, h http.HandlerFunc) {
		mux.Handle(pattern, s.metrics.observe(path, s.recoverPanics(h)))
	}
	for _, route := range []struct {
		method, path string
		handler      http.HandlerFunc
	}{
		{http.MethodPost, "/predict", s.predict},
		{http.MethodGet, "/v1/model", s.describe},
	} {
		handle(route.method+" "+route.path, route.path, route.handler)
		handle(route.path, route.path, s.wrongMethod(route.method, route.path))
	}
	handle("/", "other", s.notFound)
	return s.withRequestID(s.closeWhileDraining(mux))
}

// Serve answers on the listener until ctx ends, then drains: it is not ready
// at once, answers on for the drain delay while load balancers look away,
// finishes what it has accepted, and returns nil.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.draining.Store(true)
	s.metrics.ready.Set(0)
	if s.model.Load() != nil { // Otherwise no traffic has ever come here.
		s.log.Info("draining", "delay", s.drain)
		time.Sleep(s.drain)
	}
	finish, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	if err := server.Shutdown(finish); err != nil {
		return errors.Join(err, server.Close())
	}
	s.log.Info("drained")
	return nil
}

// ready is GET /ready: whether traffic should come here.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	m, err := s.currentModel()
	if err == nil && s.draining.Load() {
		err = problem(http.StatusServiceUnavailable, "draining", "the server is shutting down")
	}
	if err != nil {
		writeProblem(w, asProblem(err))
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"status": "ready", "model": m.Name()})
}

// describe is GET /v1/model: what is in force.
func (s *Server) describe(w http.ResponseWriter, r *http.Request) {
	m, err := s.currentModel()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, m.Description())
}

func (s *Server) currentModel() (*model.Model, error) {
	if m := s.model.Load(); m != nil {
		return m, nil
	}
	return nil, problem(http.StatusServiceUnavailable, "not_ready", "the model is still loading: try again in a moment")
}

// fail answers a request with an error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	writeProblem(w, s.report(r, err))
}

// report turns an error into an answer, and logs those that are our own.
func (s *Server) report(r *http.Request, err error) *Problem {
	p := asProblem(err)
	if p.Status == http.StatusInternalServerError {
		s.log.ErrorContext(r.Context(), "request failed", "request_id", requestID(r.Context()), "path", r.URL.Path, "err", err)
	}
	return p
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, problem(http.StatusNotFound, "not_found", "there is nothing at this path: see the README for the API"))
}

func (s *Server) wrongMethod(method, path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", method)
		s.fail(w, r, problem(http.StatusMethodNotAllowed, "method_not_allowed", "%s takes %s only", path, method))
	}
}

// closeWhileDraining tells keep-alive clients to connect anew, elsewhere.
func (s *Server) closeWhileDraining(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// recoverPanics keeps a bug in one request from ending the process.
func (s *Server) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				s.log.ErrorContext(r.Context(), "panic", "request_id", requestID(r.Context()), "panic", v, "stack", string(debug.Stack()))
				writeProblem(w, asProblem(errors.New("panic")))
			}
		}()
		next.ServeHTTP(w, r)
	})
}
