package fetch

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestCache gets files twice from an origin that allows caches this and that.
func TestCache(t *testing.T) {
	t.Parallel()
	lately := time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat)
	for name, tt := range map[string]struct {
		header    http.Header
		changes   bool // between the two, and its validators with it
		asked     int  // by the two
		delivered int  // with a body
	}{
		"fresh for a minute":           {header: http.Header{"Cache-Control": {"max-age=60"}}, asked: 1, delivered: 1},
		"an ETag":                      {header: http.Header{"Etag": {`"#"`}}, asked: 2, delivered: 1},
		"an ETag that changes":         {header: http.Header{"Etag": {`"#"`}}, changes: true, asked: 2, delivered: 2},
		"a time of modification":       {header: http.Header{"Last-Modified": {lately}}, asked: 2, delivered: 1},
		"stale, with an ETag":          {header: http.Header{"Etag": {`"#"`}, "Cache-Control": {"max-age=0"}}, asked: 2, delivered: 1},
		"nothing to go by":             {asked: 2, delivered: 2},
		"not to be kept":               {header: http.Header{"Etag": {`"#"`}, "Cache-Control": {"no-store"}}, asked: 2, delivered: 2},
		"fresh, larger than the cache": {header: http.Header{"Cache-Control": {"max-age=60"}, "Large": {"1"}}, asked: 2, delivered: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			version, asked, delivered := 1, 0, 0
			origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				for key, values := range tt.header {
					w.Header().Set(key, strings.ReplaceAll(values[0], "#", strconv.Itoa(version)))
				}
				if tag := w.Header().Get("Etag"); tag != "" && r.Header.Get("If-None-Match") == tag || r.Header.Get("If-Modified-Since") == lately {
					w.WriteHeader(http.StatusNotModified)
					return
				}
				delivered++
				_, _ = fmt.Fprintf(w, "version %d", version)
				if tt.header.Get("Large") != "" {
					_, _ = w.Write(make([]byte, 5000))
				}
			}))
			t.Cleanup(origin.Close)
			f := New(config.Fetch{AllowedHosts: []string{"127.0.0.1"}}.WithDefaults(), 4000)
			for n := range 2 {
				data, cached, err := f.Get(t.Context(), origin.URL)
				if err != nil {
					t.Fatal(err)
				}
				if want := fmt.Sprintf("version %d", version); string(data[:len(want)]) != want {
					t.Errorf("got %.20q, want %q", data, want)
				}
				if want := n == 1 && tt.delivered == 1; cached != want {
					t.Errorf("get %d: from the cache: %v, want %v", n+1, cached, want)
				}
				if tt.changes {
					version++
				}
			}
			if asked != tt.asked || delivered != tt.delivered {
				t.Errorf("asked %d times, %d with a body, want %d and %d", asked, delivered, tt.asked, tt.delivered)
			}
			if f.Cached() > 4000 {
				t.Errorf("the cache holds %d bytes, more than its limit", f.Cached())
			}
		})
	}
}

// TestACachedRedirectIsJudgedAgain follows a redirect that is cached, and then
// leads to a place that has become forbidden: judging is not cached with it.
func TestACachedRedirectIsJudgedAgain(t *testing.T) {
	t.Parallel()
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		http.Redirect(w, r, "http://127.0.0.2/", http.StatusMovedPermanently)
	}))
	t.Cleanup(origin.Close)
	f := New(config.Fetch{AllowedHosts: []string{"127.0.0.1"}}.WithDefaults(), 4000)
	for range 2 {
		_, _, err := f.Get(t.Context(), origin.URL)
		if own, ok := err.(*Error); !ok || own.Code != ForbiddenAddress { //nolint:errorlint // Get's own type.
			t.Errorf("got %v", err)
		}
	}
}
