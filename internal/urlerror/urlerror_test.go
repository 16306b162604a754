package urlerror_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/internal/urlerror"
)

// TestCause has net/http itself fail, at addresses that are signed.
func TestCause(t *testing.T) {
	t.Parallel()
	redirects := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.WriteHeader(http.StatusFound)
	}))
	t.Cleanup(redirects.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, tt := range map[string]struct{ address, want string }{
		"nobody listens":       {gone.URL + "/?signature=secret", "connection refused"},
		"a redirect to nobody": {redirects.URL + "?to=" + gone.URL + "/%3Fsignature=secret", "connection refused"},
		"a redirect to no URL": {redirects.URL + "?to=http://%25zz/secret", "it redirects to what is no URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response, err := http.Get(tt.address) //nolint:noctx // It ends by itself.
			if err == nil {
				_ = response.Body.Close()
				t.Fatalf("status %d, want an error", response.StatusCode)
			}
			if got := urlerror.Cause(err).Error(); strings.Contains(got, "secret") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q and no secret", got, tt.want)
			}
		})
	}
	if err := errors.New("of somebody else"); !errors.Is(urlerror.Cause(err), err) {
		t.Errorf("got %v", urlerror.Cause(err))
	}
}
