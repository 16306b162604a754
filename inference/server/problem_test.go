package server

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/seed-74198975/rsclip/inference/budget"
)

// TestBodyErrors says of bodies that cannot be read whose fault that is.
func TestBodyErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err    error
		status int
		code   string
	}{
		"too large":              {fmt.Errorf("reading: %w", &http.MaxBytesError{Limit: 9}), 413, "body_too_large"},
		"no room beside others":  {fmt.Errorf("reading: %w", budget.ErrFull), 429, "overloaded"},
		"a problem":              {fmt.Errorf("reading: %w", problem(418, "teapot", "short and stout")), 418, "teapot"},
		"what ends before it is": {fmt.Errorf("reading: %w", io.ErrUnexpectedEOF), 400, "invalid_body"},
		"what breaks the rules":  {errors.New("malformed chunk"), 400, "invalid_body"},
		"what comes too slowly":  {&net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, 408, "body_timeout"},
	} {
		if p := asProblem(bodyError(tt.err)); p.Status != tt.status || p.Code != tt.code {
			t.Errorf("%s: %+v, want %d %s", name, p, tt.status, tt.code)
		}
	}
}

// TestAnAnswerWithoutAFormInJSON must not begin with 200 and, if it is long, must
// not end as if it were whole.
func TestAnAnswerWithoutAFormInJSON(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	if err := writeJSON(w, 200, map[string]float64{"logit": math.NaN()}); err == nil || w.Body.Len() > 0 || len(w.Header()) > 0 {
		t.Errorf("%v, and %d bytes with %v were written", err, w.Body.Len(), w.Header())
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = writeJSON(w, 200, append(make([]float64, 1<<20), math.Inf(1)))
	}))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		return // Before any of it had been sent.
	}
	defer func() { _ = response.Body.Close() }()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("%d bytes were answered as if they were all", len(body))
	}
}
