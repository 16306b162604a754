package server

import (
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
)

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
