package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestWhoLeavesTheQueueTakesNothing has somebody wait for a place in total, with
// one of its origin taken, and leave.
func TestWhoLeavesTheQueueTakesNothing(t *testing.T) {
	t.Parallel()
	s := newSlots(2, 2)
	p, err := s.acquire(t.Context(), "here")
	if err != nil {
		t.Fatal(err)
	}
	q, err := s.acquire(t.Context(), "there")
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := s.acquire(ctx, "here")
		left <- err
	}()
	// Until it has the second place of its origin.
	for free := s.hosts["here"].free; free.TryAcquire(1); time.Sleep(time.Millisecond) {
		free.Release(1)
	}
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("it left with %v", err)
	}
	if here := s.hosts["here"]; here.users != 1 || !here.free.TryAcquire(1) {
		t.Errorf("%d use the origin, and its place was not given back", here.users)
	} else {
		here.free.Release(1)
	}
	p.release()
	q.release()
	if len(s.hosts) != 0 || !s.total.TryAcquire(2) {
		t.Errorf("places are kept for nobody: %v", s.hosts)
	}
}

// TestWhatCountsAsOneOrigin finds whose address it is.
func TestWhatCountsAsOneOrigin(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2::": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64",
	} {
		if got := originOf(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

// TestAFetchTakesThePlaceOfWhoAnswers has a name with an address that does not
// serve, and one that does.
func TestAFetchTakesThePlaceOfWhoAnswers(t *testing.T) {
	t.Parallel()
	_, host, reached, release := hanging(t)
	_, port, err := net.SplitHostPort(host)
	if err != nil {
		t.Fatal(err)
	}
	_, resolver := startNameServer(t, map[string][][]string{"two.test.": {{"127.0.0.9", "127.0.0.1"}}, "owt.test.": {{"127.0.0.1", "127.0.0.9"}}})
	f := New(config.Fetch{AllowedHosts: []string{"two.test", "owt.test"}, TimeoutSeconds: 300}.WithDefaults(), 0)
	f.resolver = resolver
	var group sync.WaitGroup
	for _, name := range []string{"two.test", "owt.test"} {
		group.Go(func() {
			if _, _, err := f.Get(t.Context(), "http://"+name+":"+port); err != nil {
				t.Error(err)
			}
		})
	}
	await(t, reached)
	await(t, reached)
	f.slots.mu.Lock()
	if _, silent := f.slots.hosts["127.0.0.9"]; silent || f.slots.hosts["127.0.0.1"] == nil || f.slots.hosts["127.0.0.1"].users != 2 {
		t.Errorf("the places are of %v", f.slots.hosts)
	}
	f.slots.mu.Unlock()
	release()
	group.Wait()
}

// TestALookUpThatFails fails for all who wait for it, and not as if there were no
// such name.
func TestALookUpThatFails(t *testing.T) {
	t.Parallel()
	f := New(config.Fetch{}.WithDefaults(), 0)
	f.resolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name server")
	}}
	ctx := WithNames(t.Context())
	for range 2 {
		if code := codeOf(f.Get(ctx, "http://www.example.com/")); code != ConnectFailed {
			t.Errorf("code %q, want %q", code, ConnectFailed)
		}
	}
}

// TestALookUpWithoutAPlace waits for one as long as a look-up may take. Others who
// want the same name fail with it.
func TestALookUpWithoutAPlace(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out what waits for seconds")
	}
	f := New(config.Fetch{MaxConcurrent: 1, MaxConcurrentPerHost: 1}.WithDefaults(), 0)
	p, err := f.lookups.acquire(t.Context(), "example.com")
	if err != nil {
		t.Fatal(err)
	}
	defer p.release()
	ctx := WithNames(t.Context())
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			if addresses, err := f.lookUp(ctx, "www.example.com."); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, %v", addresses, err)
			}
		})
	}
	group.Wait()
}

// TestDialNeedsAPort has an address without one.
func TestDialNeedsAPort(t *testing.T) {
	t.Parallel()
	if connection, err := dial(t.Context(), "tcp", "example.com"); err == nil {
		t.Errorf("connected to %v", connection)
	}
}
