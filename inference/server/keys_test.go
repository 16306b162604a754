package server_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	write := func(content string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const old, next = "old-key-0123456789", "next-key-0123456789"
	write("# rotated by hand\n" + old + "\n")
	i := newServer(t, config.App{Server: config.Server{APIKeysFile: path}}, config.Model{})
	url := serve(t, i)
	get := func(path, authorization string) int {
		request, err := http.NewRequest(http.MethodGet, url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if authorization != "" {
			request.Header.Set("Authorization", authorization)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode == http.StatusUnauthorized && response.Header.Get("WWW-Authenticate") == "" {
			t.Error("401 without WWW-Authenticate")
		}
		return response.StatusCode
	}
	for _, tt := range []struct {
		path, authorization string
		status              int
	}{
		{"/v1/model", "", 401},
		{"/v1/model", "Bearer wrong-key-012345678", 401},
		{"/v1/model", "Basic " + old, 401},
		{"/v1/model", "Bearer # rotated by hand", 401},
		{"/v1/model", "Bearer " + old, 200},
		{"/v1/model", "bearer " + old, 200},
		{"/v2/models/tiny", "", 401},
		{"/predict", "", 405}, // Says nothing that the documentation does not.
		{"/health", "", 200},
		{"/ready", "", 200},
		{"/metrics", "", 200},
		{"/v2/health/ready", "", 200},
		{"/openapi.json", "", 200},
	} {
		if status := get(tt.path, tt.authorization); status != tt.status {
			t.Errorf("%s with %q: status %d, want %d", tt.path, tt.authorization, status, tt.status)
		}
	}
	waitFor := func(key string, status int) {
		t.Helper()
		for deadline := time.Now().Add(patience); get("/v1/model", "Bearer "+key) != status; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the rotated keys never came into force")
			}
		}
	}
	write(next + "\n")
	waitFor(next, 200)
	waitFor(old, 401)
	if logged := i.log.String(); strings.Contains(logged, "key-0123456789") {
		t.Errorf("log %q", logged)
	}
}

// TestKeysThatAreGone changes the file in every way that takes a key out.
func TestKeysThatAreGone(t *testing.T) {
	t.Parallel()
	long(t, "what waits for the server's next look at a file")
	path := filepath.Join(t.TempDir(), "keys")
	const leaked, other = "leaked-key-0123456789", "others-key-0123456789"
	modified := time.Now().Add(-time.Hour)
	write := func(content string) {
		t.Helper()
		if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chtimes(path, modified, modified)); err != nil {
			t.Fatal(err)
		}
	}
	write("web: " + leaked + "\n")
	i := newServer(t, config.App{Server: config.Server{APIKeysFile: path}}, config.Model{})
	url := serve(t, i)
	get := func(path, key string) (int, string) {
		request, err := http.NewRequest(http.MethodGet, url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+key)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(body)
	}
	waitFor := func(t *testing.T, path, key string, want int) string {
		t.Helper()
		for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
			status, body := get(path, key)
			if status == want {
				return body
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: status %d, want %d", path, status, want)
			}
		}
	}
	for _, tt := range []struct {
		name   string
		change func()
		why    string // of not being ready
	}{
		{"another key of the same size and time", func() { write("web: " + other + "\n") }, ""},
		{"a bad line beside", func() { write("web: " + other + "\nbatch: short\n") }, ""},
		{"its own line cut off", func() { write("web: leaked-key-0123\nbatch: " + other) }, ""},
		{"only a bad line", func() { write("web: short\n") }, "at least 16"},
		{"empty", func() { write("") }, "there are no keys"},
		{"gone", func() { _ = os.Remove(path) }, "no such file"},
		{"a folder", func() { _ = errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, "is a directory"},
	} {
		write("web: " + leaked + "\n")
		waitFor(t, "/v1/model", leaked, http.StatusOK)
		tt.change()
		waitFor(t, "/v1/model", leaked, http.StatusUnauthorized)
		if tt.why == "" {
			waitFor(t, "/v1/model", other, http.StatusOK)
			waitFor(t, "/ready", "", http.StatusOK)
			continue
		}
		if body := waitFor(t, "/ready", "", http.StatusServiceUnavailable); !strings.Contains(body, tt.why) || !strings.Contains(body, "no_keys") {
			t.Errorf("%s: not ready since %s", tt.name, body)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	write("batch: " + other + "\n" + leaked)
	waitFor(t, "/ready", "", http.StatusOK)
	waitFor(t, "/v1/model", leaked, http.StatusOK)
	metrics := scrape(t, url)
	for _, want := range []string{`rsclip_key_requests_total{key="batch"} 0`, `rsclip_key_requests_total{key="unnamed"} 1`} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics have no %s", want)
		}
	}
	if strings.Contains(metrics, `key="web"`) {
		t.Error("the metrics have a name that is gone")
	}
	if logged := i.log.String(); !strings.Contains(logged, "at least 16") || strings.Contains(logged, "key-0123") || strings.Contains(metrics, "key-0123") {
		t.Errorf("log %q", logged)
	}
}
