package server

import (
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
