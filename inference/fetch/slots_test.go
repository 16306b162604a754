package fetch

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestASlowHostKeepsItsOwnSlotsOnly asks a host that hangs for more than may be
// under way, and another host meanwhile.
func TestASlowHostKeepsItsOwnSlotsOnly(t *testing.T) {
	t.Parallel()
	const perHost = 2
	reached, release := make(chan struct{}, 100), make(chan struct{})
	var now, most atomic.Int32
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		reached <- struct{}{}
		<-release
		now.Add(-1)
	}))
	t.Cleanup(slow.Close)
	quick := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(quick.Close)
	f := New(config.Fetch{
		AllowedHosts:  []string{slow.Listener.Addr().String(), quick.Listener.Addr().String()},
		MaxConcurrent: perHost + 1, MaxConcurrentPerHost: perHost,
	}.WithDefaults(), 0)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, _, err := f.Get(t.Context(), slow.URL); err != nil {
				t.Error(err)
			}
		})
	}
	for range perHost {
		<-reached
	}
	if _, _, err := f.Get(t.Context(), quick.URL); err != nil {
		t.Errorf("another host, meanwhile: %v", err)
	}
	close(release)
	group.Wait()
	if most.Load() != perHost {
		t.Errorf("%d fetches from one host at the same time, want %d", most.Load(), perHost)
	}
	if len(f.slots.hosts) != 0 {
		t.Errorf("slots of %d hosts are kept for nobody", len(f.slots.hosts))
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
