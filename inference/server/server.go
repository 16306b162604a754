// Package server answers for a model over HTTP and gRPC.
package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-74198975/rsclip/inference/budget"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/page"
	"github.com/seed-74198975/rsclip/inference/pipeline"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/telemetry"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// Server is the API over one model at a time.
type Server struct {
	settings  config.Server
	log       *slog.Logger
	telemetry *telemetry.Telemetry
	shared    *pipeline.Shared
	keys      *keys
	draining  atomic.Bool // it is not ready, and answers on
	leaving   atomic.Bool // over HTTP nothing more is taken on
	budget    *budget.Budget
	bodies    bodies
	answers   answerCodec
	grpcBytes grpcBytes

	connectionAge time.Duration // over gRPC
	begun         atomic.Int64  // requests
	underWay      atomic.Int64  // requests
	overload      overload
	failures      failureLog

	mu       sync.Mutex
	current  *serving
	refusing bool // nothing more is taken on at all
}

// serving is a model that answers requests, and who uses it.
type serving struct {
	*pipeline.Pipeline
	users  sync.WaitGroup
	broken atomic.Bool   // the watchdog has found a tower lost
	index  search.Engine // nil for none
}

// New makes a server that is alive and not ready: it answers /health, and 503
// elsewhere, until [Server.SetModel]. It fails where the file of keys cannot be
// read. Models that it is given report their batches to t.
func New(app config.App, log *slog.Logger, t *telemetry.Telemetry) (*Server, error) {
	memory, _ := budget.Memory(app.Server.Memory())
	b := budget.New(memory/2, app.Server.Workers)
	t.WatchBudget(b)
	s := &Server{
		settings: app.Server, log: log, telemetry: t, budget: b, shared: pipeline.NewShared(app, b, t),
		bodies: bodies{most: app.Server.MaxBodies(), share: b.Bodies}, answers: newAnswerCodec(), connectionAge: maxConnectionAge,
		failures: failureLog{log: log},
		grpcBytes: grpcBytes{
			// On the wire a message has a third of what it takes with its copies.
			most: func() int64 { return min(app.Server.MaxBodies(), b.Bodies.State().Limit/3) },
			open: make(map[string]*countedConn),
		},
	}
	if path := app.Server.APIKeysFile; path != "" {
		var err error
		if s.keys, err = openKeys(path, log, t.Keys); err != nil {
			return nil, fmt.Errorf("server.api_keys_file: %w", err)
		}
	}
	t.WatchReady(func() bool { _, err := s.isReady(); return err == nil })
	return s, nil
}

// Budget returns the memory that requests may take: half of all, until it
// is given another size.
func (s *Server) Budget() *budget.Budget { return s.budget }

// SetModel makes the server ready with a model that has been warmed up, and an index
// that is of it, or nil. Those before them are closed when the requests that use them
// have been answered, for which SetModel waits.
func (s *Server) SetModel(m *model.Model, x search.Engine) {
	s.logChanges(m)
	s.watchIndex(x)
	s.swap(&serving{Pipeline: s.shared.New(m), index: x})
}

// SetIndex puts another index, of the same model, in the place of the one in force,
// which it closes as SetModel does.
func (s *Server) SetIndex(x search.Engine) {
	s.watchIndex(x)
	s.mu.Lock()
	previous := s.current
	s.current = &serving{Pipeline: previous.Pipeline, index: x}
	s.current.broken.Store(previous.broken.Load())
	s.mu.Unlock()
	previous.users.Wait()
	s.closeIndex(previous.index)
}

// watchIndex has the metrics report on an index, if it is in this process.
func (s *Server) watchIndex(x search.Engine) {
	index, _ := x.(*search.Index)
	s.telemetry.WatchIndex(index)
}

// closeIndex closes an index that nobody uses any more.
func (s *Server) closeIndex(x search.Engine) {
	if x == nil {
		return
	}
	if err := x.Close(); err != nil {
		s.log.Warn("an index cannot be closed", "err", err)
	}
}

// Close closes the model when the requests that use it have been answered.
func (s *Server) Close() { s.swap(nil) }

func (s *Server) swap(next *serving) {
	s.mu.Lock()
	previous := s.current
	s.current = next
	s.mu.Unlock()
	if previous != nil {
		previous.users.Wait()
		previous.Model().Close()
		s.closeIndex(previous.index)
	}
}

// acquire returns the model in force; the caller calls users.Done.
func (s *Server) acquire() (*serving, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusing {
		return nil, errShuttingDown
	}
	if s.current == nil {
		return nil, problem(http.StatusServiceUnavailable, "not_ready", "the model is still loading: try again in a moment")
	}
	s.current.users.Add(1)
	return s.current, nil
}

// errShuttingDown refuses a request that has come after the drain delay.
var errShuttingDown = problem(http.StatusServiceUnavailable, "shutting_down", "the server is shutting down: send the request again, on another connection")

// handler answers a request by a model; an error that it returns is answered
// in its place.
type handler func(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error

// route is one call of the API. Only requests that carry a key reach it, where
// keys are asked for.
type route struct {
	method, path string
	handler      handler
}

func (s *Server) routes() []route {
	return append([]route{
		{http.MethodPost, "/predict", s.predict},
		{http.MethodPost, "/v1/embeddings", s.embeddings},
		{http.MethodPost, "/v1/embed", s.cohereEmbed("1")},
		{http.MethodPost, "/v2/embed", s.cohereEmbed("2")},
		{http.MethodPost, "/vectorize", s.vectorize},
		{http.MethodGet, "/meta", s.vectorizeMeta},
		{http.MethodPost, "/v1/classify", s.classify},
		{http.MethodPost, "/v1/rank", s.rank},
		{http.MethodPost, "/v1/search", s.search},
		{http.MethodGet, "/v1/search/{id}/picture", s.tilePicture},
		{http.MethodGet, "/v1/model", s.describe},
		{http.MethodGet, "/v1/models", s.listModels},
		{http.MethodGet, "/v1/models/{id...}", s.oneModel},
	}, s.v2Routes()...)
}

// Handler returns the routes of the API's port.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	s.probes(mux)
	if s.settings.MetricsPort == 0 {
		mux.Handle("GET "+contract.MetricsPath, s.metrics())
	}
	mux.Handle("GET /{$}", page.Handler())
	mux.HandleFunc("GET /openapi.json", openAPI)
	mux.HandleFunc("GET /v2/health/live", s.v2Live)
	mux.HandleFunc("GET /v2/health/ready", s.v2Ready)
	mux.HandleFunc("GET /v2", s.v2Server)
	mux.HandleFunc("GET /.well-known/live", s.vectorizeLive)
	mux.HandleFunc("GET /.well-known/ready", s.vectorizeReady)
	for _, r := range s.routes() {
		// From 0, so that autoscalers find the series of a pod that nobody has
		// asked yet, and its rate counts the first requests.
		s.telemetry.Requests.WithLabelValues(r.method, r.path, "200")
		mux.Handle(r.method+" "+r.path, s.observe(r.path, s.guard(s.withDeadline(s.answer(r.handler)))))
		mux.Handle(r.path, s.observe(r.path, s.wrongMethod(r.method)))
	}
	mux.Handle("/", s.observe("other", http.HandlerFunc(s.notFound)))
	return s.withRequestID(s.withCORS(s.recoverPanics(s.closeWhileDraining(withCleanPaths(withWholeNames(mux))))))
}

// MetricsHandler returns the routes of the port of metrics and probes.
func (s *Server) MetricsHandler() http.Handler {
	mux := http.NewServeMux()
	s.probes(mux)
	mux.Handle("GET "+contract.MetricsPath, s.metrics())
	return withCleanPaths(mux)
}

// answer runs a handler on the model in force.
func (s *Server) answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.answerBy(w, r, h); err != nil {
			s.fail(w, r, err)
		}
	})
}

func (s *Server) answerBy(w http.ResponseWriter, r *http.Request, h handler) error {
	if s.leaving.Load() {
		return errShuttingDown
	}
	current, err := s.acquire()
	if err != nil {
		return err
	}
	defer current.users.Done()
	r = r.WithContext(context.WithValue(r.Context(), indexKey{}, current.index))
	return s.withBody(w, r, h, current.Pipeline)
}

// withBody runs a handler on a request whose body is bounded.
func (s *Server) withBody(w http.ResponseWriter, r *http.Request, h handler, p *pipeline.Pipeline) error {
	content, err := decode(w, r, s.settings.MaxBody())
	if err != nil {
		return err
	}
	body := s.bodies.count(content, r.Header.Get("Content-Type"))
	defer body.release()
	defer func() { _ = body.Close() }()
	r.Body = body
	return h(w, r, p)
}

// fail answers a request with an error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := asProblem(err)
	if e := exchangeOf(r.Context()); e != nil {
		e.key = keyName(r.Context())
		e.failed(p, err)
	}
	s.telemetry.Refusals.WithLabelValues(p.Code).Inc()
	writeProblem(w, r, p)
}

// failItem is the error of an item in an answer that has others. It logs those that
// are our own.
func (s *Server) failItem(r *http.Request, err error) *Problem {
	p := asProblem(err)
	if p.Status == http.StatusInternalServerError {
		s.log.ErrorContext(r.Context(), "item failed", "request_id", requestID(r.Context()), "path", r.URL.Path, "key", keyName(r.Context()), "err", err)
	}
	s.telemetry.ItemErrors.WithLabelValues(p.Code).Inc()
	return p
}

func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, problem(http.StatusNotFound, "not_found", "there is nothing at this path: GET /openapi.json describes the API"))
}

func (s *Server) wrongMethod(method string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", method)
		s.fail(w, r, problem(http.StatusMethodNotAllowed, "method_not_allowed", "%s takes %s only", r.URL.Path, method))
	})
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
				writeProblem(w, r, internalProblem())
			}
		}()
		next.ServeHTTP(w, r)
	})
}
