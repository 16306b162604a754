// Command gateway stands in for an ingress gateway in the tests: it counts every
// request as it comes, and holds it until a pod has answered, so that a service
// without pods can be woken by requests and lose none. At /late it stands in for a
// store of pictures that is out of order.
//
//	gateway BACKEND    serves at :8080 for the server at the URL BACKEND
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync/atomic"
	"time"
)

const (
	maxBody = 1 << 20
	// hold is how long a request waits for a pod.
	hold = 90 * time.Second
	// pause is how long it waits between two tries.
	pause = 200 * time.Millisecond
	// delay is how late the store is.
	delay = time.Second
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("gateway: must have one argument, the URL of the server behind it")
	}
	backend, err := url.Parse(os.Args[1])
	if err != nil {
		log.Fatalf("gateway: %v", err)
	}
	g := &gateway{proxy: &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(backend) },
		Transport: patient{&http.Transport{MaxIdleConnsPerHost: 64}},
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", g.metrics)
	mux.HandleFunc("GET /late", late)
	mux.Handle("/", g)
	server := &http.Server{Addr: ":8080", Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// late has no picture, and is long in saying so.
func late(w http.ResponseWriter, r *http.Request) {
	time.Sleep(delay)
	http.NotFound(w, r)
}

type gateway struct {
	proxy    *httputil.ReverseProxy
	requests atomic.Int64
}

func (g *gateway) metrics(w http.ResponseWriter, _ *http.Request) {
	_, _ = fmt.Fprintf(w, "# TYPE gateway_requests_total counter\ngateway_requests_total %d\n", g.requests.Load())
}

// ServeHTTP keeps the body, which every try sends anew.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.requests.Add(1)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), hold)
	defer cancel()
	r = r.WithContext(ctx)
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	g.proxy.ServeHTTP(w, r)
}

// patient tries until a pod answers, whatever it answers.
type patient struct{ next http.RoundTripper }

func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	for {
		try := r.Clone(r.Context())
		try.Body, _ = r.GetBody() // It reads from memory.
		response, err := p.next.RoundTrip(try)
		if err == nil {
			return response, nil
		}
		select {
		case <-r.Context().Done():
			return nil, fmt.Errorf("no pod has answered in %v: %w", hold, err)
		case <-time.After(pause):
		}
	}
}
