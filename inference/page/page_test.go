package page_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/page"
)

func get(etag string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("If-None-Match", etag)
	w := httptest.NewRecorder()
	page.Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestPage(t *testing.T) {
	t.Parallel()
	response := get("")
	body := new(strings.Builder)
	if _, err := io.Copy(body, response.Body); err != nil || response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("status %d, %v, %v", response.StatusCode, response.Header, err)
	}
	policy := response.Header.Get("Content-Security-Policy")
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") || !regexp.MustCompile(`script-src 'sha256-[^']{44}'`).MatchString(policy) {
		t.Errorf("policy %q", policy)
	}
	// Whatever is loaded would be named by one of these.
	if found := regexp.MustCompile(`(src|href|srcset)\s*=|\burl\(|@import|import\(`).FindString(strings.NewReplacer(`$("preview").src =`, "", `href="data:,"`, "").Replace(body.String())); found != "" {
		t.Errorf("the page loads something by %q", found)
	}
	if again := get(response.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again: status %d", again.StatusCode)
	}
}
