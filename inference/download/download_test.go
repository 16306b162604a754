package download_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/download"
)

// TestUnknownSize fetches a file of which only the hash is known, from what an
// earlier run has left.
func TestUnknownSize(t *testing.T) {
	t.Parallel()
	const content = "0123456789"
	digest := sha256.Sum256([]byte(content))
	for name, tt := range map[string]struct {
		left  string // in the incomplete file
		limit int64
		want  string // error; none where it is empty
	}{
		"from the start":             {"", 10, ""},
		"from the middle":            {"01234", 10, ""},
		"from the end":               {content, 10, ""},
		"from another file's middle": {"xxxxx", 10, ""},
		"from a longer file":         {content + "more", 20, ""},
		"from beyond the limit":      {content + "more", 10, ""},
		"beyond the limit":           {"", 9, "more than the 9 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
			}))
			t.Cleanup(origin.Close)
			dir := t.TempDir()
			incomplete, final := filepath.Join(dir, "incomplete"), filepath.Join(dir, "final")
			if err := os.WriteFile(incomplete, []byte(tt.left), 0o600); err != nil {
				t.Fatal(err)
			}
			c := &download.Client{HTTP: download.HTTP(), Progress: func(string) {}, Wait: time.Millisecond}
			f := download.File{Name: "file", URL: origin.URL, Limit: tt.limit, Hash: sha256.New, Sum: hex.EncodeToString(digest[:])}
			err := c.Fetch(t.Context(), f, incomplete, final)
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v, want an error with %q", err, tt.want)
				}
				return
			}
			if got, readErr := os.ReadFile(final); err != nil || readErr != nil || string(got) != content {
				t.Errorf("fetched %q, %v, %v", got, err, readErr)
			}
		})
	}
}

// TestRedirectsKeepSecrets is sent from a signed address to another host and back.
func TestRedirectsKeepSecrets(t *testing.T) {
	t.Parallel()
	const content = "0123456789"
	digest := sha256.Sum256([]byte(content))
	var store *httptest.Server
	seen := make(chan http.Header, 10)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Clone()
		http.Redirect(w, r, store.URL+"/last", http.StatusFound)
	}))
	t.Cleanup(other.Close)
	store = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/last" {
			seen <- r.Header.Clone()
			_, _ = w.Write([]byte(content))
			return
		}
		http.Redirect(w, r, strings.Replace(other.URL, "127.0.0.1", "localhost", 1)+"/next?token=second-secret", http.StatusFound)
	}))
	t.Cleanup(store.Close)
	c := &download.Client{HTTP: download.HTTP(), Token: "hub-secret", Progress: func(string) {}, Wait: time.Millisecond}
	dir := t.TempDir()
	f := download.File{Name: "file", URL: store.URL + "/first?X-Amz-Signature=first-secret", Size: 10, Hash: sha256.New, Sum: hex.EncodeToString(digest[:])}
	if err := c.Fetch(t.Context(), f, filepath.Join(dir, "incomplete"), filepath.Join(dir, "final")); err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		header := <-seen
		if referer := header.Get("Referer"); referer != "" {
			t.Errorf("request %d: Referer %q", n, referer)
		}
		if n == 0 && header.Get("Authorization") != "" {
			t.Error("the token went to another host")
		}
	}
}
