package server

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// exchange is a request and how it ends, by whatever protocol.
type exchange struct {
	method string
	route  string // its pattern, or the full name of a method of gRPC
	rpc    bool

	start time.Time
	span  trace.Span
	key   string   // the name of its key
	is    *Problem // that it was answered with
	err   error    // behind is
}

type exchangeKey struct{}

// exchangeOf returns the exchange that a context is of, if it is of one.
func exchangeOf(ctx context.Context) *exchange {
	e, _ := ctx.Value(exchangeKey{}).(*exchange)
	return e
}

// begin starts to count, time and trace a request.
func (s *Server) begin(ctx context.Context, e exchange) (context.Context, *exchange) {
	e.start = time.Now()
	name := e.method + " " + e.route
	if e.rpc {
		name = strings.TrimPrefix(e.route, "/")
	}
	ctx, e.span = s.telemetry.Start(ctx, name)
	s.telemetry.InFlight.Inc()
	s.begun.Add(1)
	s.underWay.Add(1)
	return context.WithValue(ctx, exchangeKey{}, &e), &e
}

// failed notes what a request was answered with.
func (e *exchange) failed(p *Problem, err error) { e.is, e.err = p, err }

// end counts a request that has been answered. The time of one that was refused,
// whatever for, says nothing of how long callers wait: a server that refuses nearly
// all would seem fast.
func (s *Server) end(ctx context.Context, e *exchange, status int) {
	t, took := s.telemetry, time.Since(e.start)
	t.InFlight.Dec()
	s.underWay.Add(-1)
	t.Requests.WithLabelValues(e.method, e.route, strconv.Itoa(status)).Inc()
	if !isRefusal(status) {
		t.Duration.WithLabelValues(e.method, e.route).Observe(took.Seconds())
	}
	s.overload.note(time.Now(), status == http.StatusTooManyRequests)
	if status >= http.StatusBadRequest {
		s.failures.write(ctx, e, status, took)
	}
	if e.span.IsRecording() {
		e.span.SetAttributes(e.attributes(ctx, status)...)
		if status >= http.StatusInternalServerError {
			e.span.SetStatus(codes.Error, e.code(status))
		}
	}
	e.span.End()
}

// isRefusal says whether a status is of a request on which no work was done, or
// none that the caller had asked for. A caller that has left was let wait.
func isRefusal(status int) bool {
	return status/100 == 4 && status != statusClientClosedRequest || status == http.StatusServiceUnavailable
}

// code names what a failed request was answered with.
func (e *exchange) code(status int) string {
	if e.is == nil {
		return strconv.Itoa(status)
	}
	return e.is.Code
}

// attributes are those of the span of a request.
//
// Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and
// https://opentelemetry.io/docs/specs/semconv/rpc/grpc/.
func (e *exchange) attributes(ctx context.Context, status int) []attribute.KeyValue {
	out := []attribute.KeyValue{attribute.String("rsclip.request_id", requestID(ctx))}
	if e.rpc {
		service, method, _ := strings.Cut(strings.TrimPrefix(e.route, "/"), "/")
		code := 0
		if status != http.StatusOK {
			code = int(grpcCode(status))
		}
		out = append(out, attribute.String("rpc.system", "grpc"), attribute.String("rpc.service", service), attribute.String("rpc.method", method), attribute.Int("rpc.grpc.status_code", code))
	} else {
		out = append(out, attribute.String("http.request.method", e.method), attribute.String("http.route", e.route), attribute.Int("http.response.status_code", status))
	}
	if status >= http.StatusBadRequest {
		out = append(out, attribute.String("error.type", e.code(status)))
	}
	return out
}
