// Command gateway stands in for an ingress gateway in the tests: it counts every
// request as it comes, and holds it until a pod has answered, so that a service
// without pods can be woken by requests and lose none.
//
//	gateway BACKEND    serves at :8080 for the server at the URL BACKEND
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
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
)

// errNoPod says that nothing took a connection for as long as a request is held.
var errNoPod = errors.New("no pod has answered")

func main() {
	if len(os.Args) != 2 {
		log.Fatal("gateway: must have one argument, the URL of the server behind it")
	}
	g := &gateway{backend: os.Args[1], client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", g.metrics)
	mux.Handle("/", g)
	server := &http.Server{Addr: ":8080", Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

type gateway struct {
	backend  string
	client   *http.Client
	requests atomic.Int64
}

func (g *gateway) metrics(w http.ResponseWriter, _ *http.Request) {
	_, _ = fmt.Fprintf(w, "# TYPE gateway_requests_total counter\ngateway_requests_total %d\n", g.requests.Load())
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.requests.Add(1)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), hold)
	defer cancel()
	response, err := g.forward(ctx, r, body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer func() { _ = response.Body.Close() }()
	w.Header().Set("Content-Type", response.Header.Get("Content-Type"))
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
}

// forward tries until a pod answers, whatever it answers.
func (g *gateway) forward(ctx context.Context, r *http.Request, body []byte) (*http.Response, error) {
	for {
		again, err := http.NewRequestWithContext(ctx, r.Method, g.backend+r.URL.RequestURI(), bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		again.Header = r.Header.Clone()
		response, err := g.client.Do(again)
		if err == nil {
			return response, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w in %v: %w", errNoPod, hold, err)
		case <-time.After(pause):
		}
	}
}
