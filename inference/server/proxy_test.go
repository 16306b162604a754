package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
)

// crossOrigin sends what a browser does for a page of an origin.
func crossOrigin(t *testing.T, method, url, origin string, header http.Header) *http.Response {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(`{"input": "river"}`))
	if err != nil {
		t.Fatal(err)
	}
	for key, values := range header {
		request.Header[key] = values
	}
	request.Header.Set("Origin", origin)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

// TestPagesOfOtherOrigins has scripts of pages ask, before and with a call.
func TestPagesOfOtherOrigins(t *testing.T) {
	t.Parallel()
	preflight := http.Header{"Access-Control-Request-Method": {"POST"}, "Access-Control-Request-Headers": {"authorization,content-type,x-request-timeout-seconds"}}
	call := http.Header{"Content-Type": {"application/json"}}
	for name, tt := range map[string]struct {
		allowed []string
		origin  string
		want    string // of Access-Control-Allow-Origin
	}{
		"off by default":    {nil, "https://maps.example", ""},
		"named":             {[]string{"https://other.example", "https://maps.example"}, "https://maps.example", "https://maps.example"},
		"with a port":       {[]string{"http://localhost:3000"}, "http://localhost:3000", "http://localhost:3000"},
		"another":           {[]string{"https://maps.example"}, "https://evil.example", ""},
		"another port":      {[]string{"https://maps.example"}, "https://maps.example:8443", ""},
		"another scheme":    {[]string{"https://maps.example"}, "http://maps.example", ""},
		"a longer name":     {[]string{"https://maps.example"}, "https://maps.example.evil.example", ""},
		"none, from a file": {[]string{"https://maps.example"}, "null", ""},
		"all":               {[]string{"*"}, "https://anything.example", "*"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := start(t, config.App{Server: config.Server{CORSOrigins: tt.allowed}})
			before := crossOrigin(t, http.MethodOptions, base+"/v1/embeddings", tt.origin, preflight)
			if got := before.Header.Get("Access-Control-Allow-Origin"); got != tt.want {
				t.Errorf("before the call: %q, want %q", got, tt.want)
			}
			if headers := before.Header.Get("Access-Control-Allow-Headers"); tt.want != "" && (before.StatusCode != http.StatusNoContent || !strings.Contains(headers, "authorization")) {
				t.Errorf("before the call: status %d, headers %q", before.StatusCode, headers)
			}
			for path, status := range map[string]int{"/v1/embeddings": 200, "/nothing": 404} { // An error is to be read, too.
				with := crossOrigin(t, http.MethodPost, base+path, tt.origin, call)
				if got := with.Header.Get("Access-Control-Allow-Origin"); with.StatusCode != status || got != tt.want {
					t.Errorf("%s: status %d, %q, want %d, %q", path, with.StatusCode, got, status, tt.want)
				}
				if with.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Error("cookies are let through")
				}
			}
		})
	}
}

// TestBehindAPrefix puts a proxy in front that takes a prefix off, as ingresses do,
// and asks for what may lead out of it.
func TestBehindAPrefix(t *testing.T) {
	t.Parallel()
	target, err := url.Parse(start(t, config.App{}))
	if err != nil {
		t.Fatal(err)
	}
	reached := map[string]int{}
	forward := newForwarder(target)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/models/clip/") {
			reached[r.URL.Path]++
			http.NotFound(w, r)
			return
		}
		http.StripPrefix("/models/clip", forward).ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	prefix := proxy.URL + "/models/clip/"
	for _, path := range []string{"ready", "/ready", "./ready", "x/../ready", "v1/model", "//v1//model", "v2/models/tiny", "v2//models/tiny/ready", "", "openapi.json"} {
		response, err := http.Get(prefix + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", path, response.StatusCode)
		}
	}
	if status, list := ask[embeddingList](t, prefix+"/v1/embeddings", object{"input": "river"}); status != 200 {
		t.Errorf("a double slash in a call: status %d, %+v", status, list.Error)
	}
	// The document's servers are where the document is.
	response, err := http.Get(prefix + "openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var document struct{ Servers []struct{ URL string } }
	if err := json.NewDecoder(response.Body).Decode(&document); err != nil || len(document.Servers) != 1 {
		t.Fatalf("%v, %+v", err, document)
	}
	base, err := response.Request.URL.Parse(document.Servers[0].URL)
	if err != nil || strings.TrimSuffix(base.String(), "/")+"/" != prefix {
		t.Errorf("the document's server is %v, %v, want %s", base, err, prefix)
	}
	if len(reached) > 0 {
		t.Errorf("clients were led out of the prefix: %v", reached)
	}
}

// newForwarder is a proxy as small as can be.
func newForwarder(target *url.URL) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := http.NewRequestWithContext(r.Context(), r.Method, target.String()+r.URL.EscapedPath(), r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		request.Header = r.Header.Clone()
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer func() { _ = response.Body.Close() }()
		for key, values := range response.Header {
			w.Header()[key] = values
		}
		w.WriteHeader(response.StatusCode)
		_, _ = io.Copy(w, response.Body)
	})
}

// TestRequestTargetsWithoutAPath sends what stands in the place of a path as it is: no
// answer leads elsewhere.
func TestRequestTargetsWithoutAPath(t *testing.T) {
	t.Parallel()
	i := newServer(t, config.App{Server: config.Server{MetricsPort: 9090}}, config.Model{})
	for name, handler := range map[string]http.Handler{"the API": i.Handler(), "metrics": i.MetricsHandler()} {
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		address := server.Listener.Addr().String()
		for line, want := range map[string]int{
			"POST x:80":                       http.StatusNotFound,
			"GET x:health":                    http.StatusNotFound,
			"POST x:80//predict":              http.StatusNotFound,
			"GET http://any.test/health":      http.StatusOK,
			"GET http://any.test//health":     http.StatusOK,
			"GET http://any.test/../x/health": http.StatusNotFound,
		} {
			if got := rawStatus(t, address, line); got != want {
				t.Errorf("%s, %s: status %d, want %d", name, line, got, want)
			}
		}
	}
	server := httptest.NewServer(i.Handler())
	t.Cleanup(server.Close)
	for line, want := range map[string]int{"GET http://any.test": http.StatusOK, "POST http://any.test": http.StatusNotFound, "POST http://any.test?a=b": http.StatusNotFound} {
		if got := rawStatus(t, server.Listener.Addr().String(), line); got != want {
			t.Errorf("%s: status %d, want %d", line, got, want)
		}
	}
}

// rawStatus asks by a line as it stands.
func rawStatus(t *testing.T, address, line string) int {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := fmt.Fprintf(c, "%s HTTP/1.1\r\nHost: any.test\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", line); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode
}
