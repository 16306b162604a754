package server

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"time"
)

// timeoutHeader lets a caller say how many seconds it will wait.
const timeoutHeader = "X-Request-Timeout-Seconds"

// withDeadline ends the work of a request when its caller no longer waits.
func (s *Server) withDeadline(next http.Handler) http.Handler {
	limit := s.settings.RequestTimeout()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		timeout := limit
		if value := r.Header.Get(timeoutHeader); value != "" {
			seconds, err := strconv.ParseFloat(value, 64)
			if err != nil || !(seconds > 0) || math.IsInf(seconds, 1) {
				s.fail(w, r, problem(http.StatusBadRequest, "invalid_request", "%s is %q: send a number of seconds above 0, such as 1.5", timeoutHeader, value))
				return
			}
			timeout = time.Duration(min(seconds, limit.Seconds()) * float64(time.Second))
		}
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
