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
			c := &download.Client{HTTP: &http.Client{Transport: download.Transport()}, Progress: func(string) {}, Wait: time.Millisecond}
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
