package fetch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
)

// serveAt serves on an address of loopback, which has many.
func serveAt(t *testing.T, address string, h http.HandlerFunc) (url, hostPort string) {
	t.Helper()
	listener, err := net.Listen("tcp", address+":0")
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: listener, Config: &http.Server{Handler: h}}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL, listener.Addr().String()
}

// TestASlowAddressKeepsItsOwnSlotsOnly asks an address that hangs, by its ports,
// by names and by redirects of others, for more than may be under way, and
// another address meanwhile.
func TestASlowAddressKeepsItsOwnSlotsOnly(t *testing.T) {
	t.Parallel()
	const perHost = 2
	reached, release := make(chan struct{}, 100), make(chan struct{})
	var now, most atomic.Int32
	hang := func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		reached <- struct{}{}
		<-release
		now.Add(-1)
	}
	free := sync.OnceFunc(func() { close(release) })
	defer free()
	names := map[string][][]string{}
	var urls []string
	for n := range 4 {
		url, hostPort := serveAt(t, "127.0.0.1", hang)
		_, port, _ := net.SplitHostPort(hostPort)
		name := fmt.Sprintf("slow%d.test", n)
		names[name+"."] = [][]string{{"127.0.0.1"}}
		via, _ := serveAt(t, fmt.Sprintf("127.0.1.%d", n+1), func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, url, http.StatusFound)
		})
		urls = append(urls, url, url+"/again", "http://"+name+":"+port, via)
	}
	quick, _ := serveAt(t, "127.0.0.2", func(http.ResponseWriter, *http.Request) {})
	allowed := []string{"127.0.0.1", "127.0.0.2"}
	for n := range 4 {
		allowed = append(allowed, fmt.Sprintf("slow%d.test", n), fmt.Sprintf("127.0.1.%d", n+1))
	}
	f := New(config.Fetch{AllowedHosts: allowed, TimeoutSeconds: 300, MaxConcurrent: perHost + 1, MaxConcurrentPerHost: perHost}.WithDefaults(), 0)
	_, f.resolver = startNameServer(t, names)
	var group sync.WaitGroup
	for _, url := range urls {
		group.Go(func() {
			if _, _, err := f.Get(t.Context(), url); err != nil {
				t.Error(err)
			}
		})
	}
	for range perHost {
		await(t, reached)
	}
	for range 10 {
		if _, _, err := f.Get(t.Context(), quick); err != nil {
			t.Errorf("another address, meanwhile: %v", err)
		}
	}
	free()
	group.Wait()
	if most.Load() != perHost {
		t.Errorf("%d fetches from one address at the same time, want %d", most.Load(), perHost)
	}
	if len(f.slots.hosts) != 0 || len(f.lookups.hosts) != 0 {
		t.Errorf("slots of %d addresses and %d domains are kept for nobody", len(f.slots.hosts), len(f.lookups.hosts))
	}
}

// TestAPlaceMoves finds a connection of another address than was looked up.
func TestAPlaceMoves(t *testing.T) {
	t.Parallel()
	s := newSlots(2, 1)
	p, err := s.acquire(t.Context(), "here")
	if err != nil {
		t.Fatal(err)
	}
	p.move(t.Context(), "there")
	if _, here := s.hosts["here"]; here || s.hosts["there"] == nil {
		t.Errorf("the places are of %v", s.hosts)
	}
	// There is none for a second, which gives up, and keeps nothing.
	q, err := s.acquire(t.Context(), "here")
	if err != nil {
		t.Fatal(err)
	}
	given, giveUp := context.WithCancel(t.Context())
	giveUp()
	q.move(given, "there")
	q.release()
	p.release()
	p.release()
	p.move(t.Context(), "too late")
	if len(s.hosts) != 0 || !s.total.TryAcquire(2) {
		t.Errorf("places are kept for nobody: %v", s.hosts)
	}
}

// TestConnectionsAreKept fetches one after another.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	origin := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("picture")) }))
	origin.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	origin.Start()
	t.Cleanup(origin.Close)
	f := New(config.Fetch{AllowedHosts: []string{origin.Listener.Addr().String()}}.WithDefaults(), 0)
	for range 10 {
		if _, _, err := f.Get(t.Context(), origin.URL); err != nil {
			t.Fatal(err)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for 10 fetches", n)
	}
}
