package weaviate

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestACallAsksAllNodes has a node that fails, and another call begin whenever it does.
func TestACallAsksAllNodes(t *testing.T) {
	t.Parallel()
	c := &client{http: http.DefaultClient}
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c.next.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer failing.Close()
	sound := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	defer sound.Close()
	c.nodes = []string{failing.URL, sound.URL}
	for first := range c.nodes {
		c.next.Store(uint32(first)) //nolint:gosec // 0 or 1.
		if err := c.call(t.Context(), len(c.nodes), http.MethodGet, "/", nil, &struct{}{}); err != nil {
			t.Errorf("with %d first: %v", first, err)
		}
	}
}
