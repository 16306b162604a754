package server

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/seed-74198975/rsclip/inference/budget"
)

// Observe is what counts, times and traces a route's requests, for benchmarks.
func (s *Server) Observe(path string, next http.Handler) http.Handler { return s.observe(path, next) }

// Routes lists the API's routes for the tests.
func Routes() []string {
	var out []string
	for _, r := range (&Server{}).routes() {
		out = append(out, r.method+" "+strings.Replace(r.path, "...}", "}", 1))
	}
	return out
}

// EncodeAndDrop encodes an answer that holds memory, and forgets it.
func EncodeAndDrop(answer proto.Message, lease *budget.Lease) error {
	c := newAnswerCodec()
	c.keep(answer, lease)
	_, err := c.Marshal(answer)
	return err
}

// GRPCHeld returns the bytes that the calls under way over gRPC have brought.
func (s *Server) GRPCHeld() int64 {
	s.grpcBytes.mu.Lock()
	defer s.grpcBytes.mu.Unlock()
	return s.grpcBytes.held
}

// SetConnectionAge sets how long a connection of gRPC lives.
func (s *Server) SetConnectionAge(age time.Duration) { s.connectionAge = age }

// NewOverload returns what notes requests, and says how long an overload has lasted.
func NewOverload() (note func(now time.Time, refused bool), lasted func(time.Time) time.Duration) {
	o := new(overload)
	return o.note, o.lasted
}

// NewFailures returns what writes failed requests to a log, for tests.
func NewFailures(to io.Writer) func(id string, status int) {
	f := &failureLog{log: slog.New(slog.NewTextHandler(to, nil))}
	return func(id string, status int) {
		ctx, _ := withID(context.Background(), id)
		f.write(ctx, &exchange{method: http.MethodPost, route: "/predict"}, status, time.Second)
	}
}

// PassWindow waits until a window of failures has passed.
func PassWindow() { time.Sleep(failureWindow) }
