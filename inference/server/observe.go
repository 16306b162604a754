package server

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/propagation"

	"github.com/seed-74198975/rsclip/inference/telemetry"
)

func (s *Server) metrics() http.Handler {
	return promhttp.HandlerFor(s.telemetry.Registry, promhttp.HandlerOpts{Registry: s.telemetry.Registry})
}

// observe counts, times and traces the requests of one route. Path is the
// route's pattern, never the request's own path, so that clients cannot make
// series.
func (s *Server) observe(path string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, e := s.begin(telemetry.Propagation.Extract(r.Context(), propagation.HeaderCarrier(r.Header)), exchange{method: knownMethod(r.Method), route: path})
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			v := recover()
			switch v {
			case nil, http.ErrAbortHandler:
			default:
				recorder.status = http.StatusInternalServerError
			}
			s.end(ctx, e, recorder.status)
			if v != nil {
				panic(v)
			}
		}()
		next.ServeHTTP(recorder, r.WithContext(ctx))
	})
}

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// statusRecorder remembers the status of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *statusRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
