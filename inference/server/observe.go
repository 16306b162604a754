package server

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
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
	t := s.telemetry
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		method := knownMethod(r.Method)
		ctx, span := t.Start(telemetry.Propagation.Extract(r.Context(), propagation.HeaderCarrier(r.Header)), method+" "+path)
		t.InFlight.Inc()
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			t.InFlight.Dec()
			t.Requests.WithLabelValues(method, path, strconv.Itoa(recorder.status)).Inc()
			t.Duration.WithLabelValues(method, path).Observe(time.Since(start).Seconds())
			if span.IsRecording() {
				span.SetAttributes(attribute.Int("http.response.status_code", recorder.status), attribute.String("rsclip.request_id", requestID(ctx)))
				if recorder.status >= http.StatusInternalServerError {
					span.SetStatus(codes.Error, "")
				}
			}
			span.End()
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
