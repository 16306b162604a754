package server

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
)

const requestIDHeader = "X-Request-Id"

type requestIDKey struct{}

// cleanID is what a caller's own id may be: it goes into logs as it is.
var cleanID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// withID gives a request an id, the caller's own where it is clean.
func withID(ctx context.Context, given string) (with context.Context, id string) {
	if !cleanID.MatchString(given) {
		given = rand.Text()
	}
	return context.WithValue(ctx, requestIDKey{}, given), given
}

// withRequestID gives every request an id, and answers with it.
func (s *Server) withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, id := withID(r.Context(), r.Header.Get(requestIDHeader))
		w.Header().Set(requestIDHeader, id)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
