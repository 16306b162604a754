package server

import (
	"net/http"

	"github.com/rs/cors"
)

// corsMaxAge is how long a browser may remember what it was told, in seconds.
const corsMaxAge = 600

// withCORS lets the pages of the origins of the settings call the API. Keys are
// sent in a header by the page's script: no cookies or passwords of the browser's.
func (s *Server) withCORS(next http.Handler) http.Handler {
	if len(s.settings.CORSOrigins) == 0 {
		return next
	}
	return cors.New(cors.Options{
		AllowedOrigins: s.settings.CORSOrigins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost},
		AllowedHeaders: []string{"*"},
		ExposedHeaders: []string{requestIDHeader, inferHeader, "Retry-After"},
		MaxAge:         corsMaxAge,
	}).Handler(next)
}
