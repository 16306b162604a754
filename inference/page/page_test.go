package page_test

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/page"
)

func ask(method, etag string) *http.Response {
	r := httptest.NewRequest(method, "/", nil)
	r.Header.Set("If-None-Match", etag)
	w := httptest.NewRecorder()
	page.Handler().ServeHTTP(w, r)
	return w.Result()
}

func read(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	response := ask(http.MethodGet, "")
	if response.StatusCode != http.StatusOK {
		t.Fatalf("status %d", response.StatusCode)
	}
	for name, want := range map[string]string{
		"Content-Type":           "text/html; charset=utf-8",
		"X-Content-Type-Options": "nosniff",
		"Referrer-Policy":        "no-referrer",
		"Cache-Control":          "no-cache",
	} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if again := ask(http.MethodGet, response.Header.Get("ETag")); again.StatusCode != http.StatusNotModified || read(t, again) != "" {
		t.Errorf("asked again: status %d", again.StatusCode)
	}
	if other := ask(http.MethodGet, `"other"`); other.StatusCode != http.StatusOK {
		t.Errorf("asked with another's ETag: status %d", other.StatusCode)
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	head := ask(http.MethodHead, "")
	if body := read(t, head); head.StatusCode != http.StatusOK || body != "" || head.ContentLength == 0 {
		t.Errorf("HEAD: status %d, %d bytes of %d", head.StatusCode, len(body), head.ContentLength)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		if r := ask(method, ""); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: status %d, Allow %q", method, r.StatusCode, r.Header.Get("Allow"))
		}
	}
}

// TestPolicy compares the policy with one that is made from the page as served.
func TestPolicy(t *testing.T) {
	t.Parallel()
	response := ask(http.MethodGet, "")
	body := read(t, response)
	want := []string{
		"default-src 'none'", "connect-src 'self'", "img-src 'self' data: blob:",
		"form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'",
	}
	for _, element := range []string{"script", "style"} {
		found := regexp.MustCompile(`(?s)<`+element+`\b[^>]*>(.*?)</`+element+`>`).FindAllStringSubmatch(body, -1)
		if len(found) != 1 {
			t.Fatalf("there are %d of %s", len(found), element)
		}
		sum := sha256.Sum256([]byte(found[0][1]))
		want = append(want, element+"-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	}
	got := strings.Split(response.Header.Get("Content-Security-Policy"), "; ")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("policy %q, want %q", got, want)
	}
}

// TestLoadsNothing looks for whatever would load something from elsewhere, and
// for what the policy would refuse.
func TestLoadsNothing(t *testing.T) {
	t.Parallel()
	body := strings.Replace(read(t, ask(http.MethodGet, "")), `href="data:,"`, "", 1)
	// The placeholder of the field for an address is text.
	body = strings.Replace(body, `placeholder="https://"`, "", 1)
	for _, pattern := range []string{
		`https?://`, `(?i)<[^>]*\s(src|href|srcset|action|poster|data)\s*=`,
		`\burl\(`, `@import`, `\bimport\b`, `(?i)<[^>]*\s(on[a-z]+|style)\s*=`,
	} {
		if found := regexp.MustCompile(pattern).FindString(body); found != "" {
			t.Errorf("the page has %q", found)
		}
	}
}
