package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/export"
)

// v2Error asks, and returns the error of the protocol's form: one string, and
// nothing beside it.
func v2Error(t *testing.T, method, url, body string, header http.Header) (status int, message string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var answer map[string]string
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || len(answer) != 1 {
		t.Errorf("%s %s: %v: %v", method, url, err, answer)
	}
	return response.StatusCode, answer["error"]
}

// TestErrorsOfOpenInference provokes an error of every layer, below /v2.
func TestErrorsOfOpenInference(t *testing.T) {
	t.Parallel()
	const key = "a-key-0123456789abcdef"
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := snaredFolder(t)
	i := newServer(t, config.App{Server: config.Server{APIKeysFile: keys, MaxBodyBytes: 1 << 10}, Cache: &config.Cache{TextMiB: -1}}, config.Model{})
	i.SetModel(openFolder(t, dir, config.Model{}, i.telemetry), nil)
	url := serve(t, i)
	infer := func(text string) string {
		return `{"inputs": [{"name": "text", "shape": [1], "datatype": "BYTES", "data": ["` + text + `"]}]}`
	}
	for _, tt := range []struct {
		name, method, path, body, timeout string
		withoutKey                        bool
		status                            int
		code                              string
	}{
		{name: "no key", method: "GET", path: "/v2/models/tiny", withoutKey: true, status: 401, code: "unauthorized"},
		{name: "no such path", method: "GET", path: "/v2/nothing", status: 404, code: "not_found"},
		{name: "no such health", method: "POST", path: "/v2/health/ready", status: 404, code: "not_found"},
		{name: "no such model", method: "POST", path: "/v2/models/nope/infer", body: "{}", status: 404, code: "model_not_found"},
		{name: "no such model, with a slash", method: "POST", path: "/v2/models/nope/nope/infer", body: "{}", status: 404, code: "model_not_found"},
		{name: "no such version", method: "GET", path: "/v2/models/tiny/versions/7", status: 404, code: "model_not_found"},
		{name: "another method", method: "GET", path: "/v2/models/tiny/infer", status: 405, code: "method_not_allowed"},
		{name: "no JSON", method: "POST", path: "/v2/models/tiny/infer", body: "text", status: 400, code: "invalid_json"},
		{name: "no inputs", method: "POST", path: "/v2/models/tiny/infer", body: "{}", status: 400, code: "invalid_request"},
		{name: "a deadline that is none", method: "POST", path: "/v2/models/tiny/infer", body: infer("river"), timeout: "soon", status: 400, code: "invalid_request"},
		{name: "a deadline that is over", method: "POST", path: "/v2/models/tiny/infer", body: infer("river"), timeout: "0.000000001", status: 504, code: "deadline_exceeded"},
		{name: "a large body", method: "POST", path: "/v2/models/tiny/infer", body: infer(strings.Repeat("river ", 1000)), status: 413, code: "body_too_large"},
		{name: "a run that fails", method: "POST", path: "/v2/models/tiny/infer", body: infer(fails), status: 500, code: "internal"},
		{name: "no number", method: "POST", path: "/v2/models/tiny/infer", body: infer(nan), status: 500, code: "embedding_not_finite"},
	} {
		header := http.Header{}
		if !tt.withoutKey {
			header.Set("Authorization", "Bearer "+key)
		}
		if tt.timeout != "" {
			header.Set("X-Request-Timeout-Seconds", tt.timeout)
		}
		if status, message := v2Error(t, tt.method, url+tt.path, tt.body, header); status != tt.status || !strings.HasPrefix(message, tt.code+": ") {
			t.Errorf("%s: status %d, %q, want %d, %s", tt.name, status, message, tt.status, tt.code)
		}
	}
	lose(t, dir, true)
	authorized := http.Header{"Authorization": {"Bearer " + key}}
	v2Error(t, "POST", url+"/v2/models/tiny/infer", infer("river"), authorized)
	for _, path := range []string{"/v2/health/ready", "/v2/models/tiny/ready"} {
		if status, message := v2Error(t, "GET", url+path, "", authorized); status != 503 || !strings.HasPrefix(message, "device_lost: ") {
			t.Errorf("%s of a lost device: status %d, %q", path, status, message)
		}
	}
}

// TestNestedData sends tensors as their shapes are, and as others.
func TestNestedData(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{})
	infer := func(shape []int, data any) (int, inference) {
		return ask[inference](t, url+"/v2/models/tiny/infer", object{"inputs": []object{{"name": "text", "datatype": "BYTES", "shape": shape, "data": data}}})
	}
	_, flat := infer([]int{4}, []string{"a", "b", "c", "d"})
	for name, data := range map[string]any{
		"rows of one": [][]string{{"a"}, {"b"}, {"c"}, {"d"}},
		"rows of two": [][]string{{"a", "b"}, {"c", "d"}},
		"a cube":      [][][]string{{{"a", "b"}}, {{"c", "d"}}},
	} {
		for _, shape := range [][]int{{4}, {4, 1}, {2, 2}} {
			if status, a := infer(shape, data); status != 200 || !slices.Equal(a.Outputs[0].Data, flat.Outputs[0].Data) {
				t.Errorf("%s, %v: status %d, %q", name, shape, status, a.Error)
			}
		}
	}
	for name, data := range map[string]any{
		"too few":      [][]string{{"a"}, {"b"}, {"c"}},
		"none":         [][]string{{}, {}, {}, {}},
		"unequal":      []any{[]string{"a", "b"}, "c", "d"},
		"a number":     []any{[]any{"a", "b"}, []any{"c", 4}},
		"no list":      "a",
		"an object":    []any{object{"a": "b"}},
		"much too few": []any{},
	} {
		if status, a := infer([]int{4}, data); status != 400 || !strings.HasPrefix(a.Error, "invalid_request: ") {
			t.Errorf("%s: status %d, %q", name, status, a.Error)
		}
	}
}

// TestANameWithSlashes serves a model that is named as hubs name theirs.
func TestANameWithSlashes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "model")
	if err := export.Run(context.Background(), export.Options{Checkpoint: filepath.Join(testdata, "tiny-base"), Out: dir, Name: "owner/name", Progress: func(string) {}}); err != nil {
		t.Fatal(err)
	}
	i := newServer(t, config.App{}, config.Model{})
	i.SetModel(openFolder(t, dir, config.Model{}, i.telemetry), nil)
	server := httptest.NewServer(i.Handler())
	t.Cleanup(server.Close)
	for _, name := range []string{"owner/name", "owner%2Fname", "owner%2fname", "%6Fwner/name"} {
		for _, path := range []string{"", "/ready", "/versions/1", "/versions/1/ready"} {
			if status, a := get[struct{ Name, Error string }](t, server.URL+"/v2/models/"+name+path); status != 200 || path == "" && a.Name != "owner/name" {
				t.Errorf("%s%s: status %d, %+v", name, path, status, a)
			}
		}
		for _, path := range []string{"/infer", "/versions/1/infer"} {
			status, a := ask[inference](t, server.URL+"/v2/models/"+name+path, object{"inputs": []object{{"name": "text", "datatype": "BYTES", "shape": []int{1}, "data": []string{"a"}}}})
			if status != 200 || len(a.Outputs) != 1 {
				t.Errorf("%s%s: status %d, %q", name, path, status, a.Error)
			}
		}
	}
	for _, name := range []string{"owner", "name", "other/name", "owner/name/more"} {
		if status, _ := get[struct{ Error string }](t, server.URL+"/v2/models/"+name); status != 404 {
			t.Errorf("%s: status %d, want 404", name, status)
		}
	}
	wantMetrics(t, server.URL, `http_requests_total{method="POST",path="/v2/models/{name}/infer",status="200"} 4`)
}
