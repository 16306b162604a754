package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/engine"
)

// TestEnginesThatFail searches engines that do not answer, and one that answers what
// nobody can read. Callers are told, what it said is in the log alone, and the server
// is ready for all else.
func TestEnginesThatFail(t *testing.T) {
	t.Parallel()
	long(t, "what lasts for seconds")
	odd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/schema/") {
			_, _ = w.Write([]byte(`{"description": "{\"emb:model_sha256\": \"abc\"}"}`))
			return
		}
		_, _ = w.Write([]byte(`{"data": "a secret of the engine"}`))
	}))
	t.Cleanup(odd.Close)
	empty := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(empty.Close)
	for name, tt := range map[string]struct {
		address string
		status  int
		code    string
	}{
		"nobody answers":        {"weaviate://127.0.0.1:1", http.StatusServiceUnavailable, "engine_unavailable"},
		"no database":           {"postgres://127.0.0.1:1/none", http.StatusServiceUnavailable, "engine_unavailable"},
		"no collection":         {strings.Replace(empty.URL, "http", "weaviate", 1), http.StatusServiceUnavailable, "engine_unavailable"},
		"what nobody can read":  {strings.Replace(odd.URL, "http", "weaviate", 1), http.StatusBadGateway, "engine_failed"},
		"some of the nodes are": {strings.Replace(odd.URL, "http", "weaviate", 1) + ",127.0.0.1:1", http.StatusBadGateway, "engine_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := engine.Place{Address: tt.address}.Open("abc")
			if err != nil {
				t.Fatal(err)
			}
			i := newServer(t, config.App{}.WithDefaults(), config.Model{})
			i.SetModel(openTiny(t, config.Model{}, i.telemetry), e)
			url := serve(t, i)
			for _, body := range []map[string]any{{"text": "a"}, {"id": "b"}} {
				if status, h := searchFor(t, url, body); status != tt.status || h.Error.Code != tt.code || strings.Contains(h.Error.Message, "secret") || strings.Contains(h.Error.Message, "127.0.0.1") {
					t.Errorf("%v: status %d, %+v, want %d %s", body, status, h.Error, tt.status, tt.code)
				}
			}
			if status, h := searchFor(t, url, map[string]any{"text": "a", "filter": map[string]any{"bbox": []int{1}}}); status != http.StatusBadRequest || h.Error.Code != "invalid_filter" {
				t.Errorf("a filter: status %d, %+v", status, h.Error)
			}
			if log := i.log.String(); !strings.Contains(log, "search engine") {
				t.Errorf("the log does not say why: %s", log)
			}
			response, err := http.Get(url + "/ready")
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK {
				t.Errorf("/ready: status %d", response.StatusCode)
			}
		})
	}
}
