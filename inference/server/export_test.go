package server

import "net/http"

// Observe is what counts, times and traces a route's requests, for benchmarks.
func (s *Server) Observe(path string, next http.Handler) http.Handler { return s.observe(path, next) }

// Routes lists the API's routes for the tests.
func Routes() []string {
	var out []string
	for _, r := range (&Server{}).routes() {
		out = append(out, r.method+" "+r.path)
	}
	return out
}
