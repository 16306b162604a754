package fetch

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestLookUpsOfOneRequest names more hosts than a request may, each twice.
func TestLookUpsOfOneRequest(t *testing.T) {
	t.Parallel()
	server, resolver := startNameServer(t, map[string][][]string{})
	f := New(config.Fetch{}.WithDefaults(), 0)
	f.resolver = resolver
	ctx := WithNames(t.Context())
	var group sync.WaitGroup
	var mu sync.Mutex
	codes := map[Code]int{}
	for n := range 3 * maxNames {
		group.Go(func() {
			code := codeOf(f.Get(ctx, fmt.Sprintf("http://n%d.test/", n/2)))
			mu.Lock()
			defer mu.Unlock()
			codes[code]++
		})
	}
	group.Wait()
	if codes[NameNotFound] != 2*maxNames || codes[TooManyHosts] != maxNames {
		t.Errorf("answers by code: %v", codes)
	}
	if n := server.total(); n != maxNames {
		t.Errorf("%d look-ups, want %d", n, maxNames)
	}
	if code := codeOf(f.Get(t.Context(), "http://another.test/")); code != NameNotFound {
		t.Errorf("another request: code %q", code)
	}
}

// TestDomains finds who answers for a name, whose look-ups share their places.
func TestDomains(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"a.b.example.com.": "example.com", "example.com.": "example.com", "x.y.example.co.uk.": "example.co.uk", "minio": "minio", "a.x.": "a.x", "com.": "com",
	} {
		if got := domain(host); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}

// TestASlowDomainKeepsItsOwnLookUpsOnly takes all places of one domain, as names
// do that are never answered for, and asks for its names and another meanwhile.
func TestASlowDomainKeepsItsOwnLookUpsOnly(t *testing.T) {
	t.Parallel()
	server, resolver := startNameServer(t, nil)
	f := New(config.Fetch{TimeoutSeconds: 300, MaxConcurrent: 3, MaxConcurrentPerHost: 2}.WithDefaults(), 0)
	f.resolver = resolver
	var held []*place
	for n := range 2 { // As two look-ups that nobody answers hold them.
		p, err := f.lookups.acquire(t.Context(), domain(fmt.Sprintf("n%d.silent.example.", n)))
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, p)
	}
	var group sync.WaitGroup
	for n := range 10 {
		group.Go(func() { _, _, _ = f.Get(t.Context(), fmt.Sprintf("http://m%d.silent.example/", n)) })
	}
	for range 20 {
		if code := codeOf(f.Get(t.Context(), "http://nowhere.test/")); code != NameNotFound {
			t.Errorf("another domain, meanwhile: code %q", code)
		}
	}
	for n := range 10 {
		if server.count(fmt.Sprintf("m%d.silent.example.", n)) > 0 {
			t.Error("a name of the slow domain was asked for beyond its places")
		}
	}
	for _, p := range held {
		p.release()
	}
	group.Wait()
}

// TestPrivateRanges closes what is public elsewhere.
func TestPrivateRanges(t *testing.T) {
	t.Parallel()
	_, resolver := startNameServer(t, map[string][][]string{"pod.example.": {{"2600:1f14:abc::99"}}, "mixed.example.": {{"93.184.215.14", "2600:1f14:abc::99"}}})
	f := New(config.Fetch{PrivateRanges: []string{"2600:1f14::/36", "93.184.216.0/24"}}.WithDefaults(), 0)
	f.resolver = resolver
	for _, url := range []string{
		"http://[2600:1f14:abc:de00::99]:8080/healthz", "http://pod.example/", "http://mixed.example/", "http://93.184.216.34/", "http://[::ffff:93.184.216.34]/",
		"http://34.118.224.1:443/version", "http://34.118.224.1:22/",
	} {
		if code := codeOf(f.Get(t.Context(), url)); code != ForbiddenAddress {
			t.Errorf("%s: code %q", url, code)
		}
	}
}

// TestOwnNetworks finds those of loopback among this machine's.
func TestOwnNetworks(t *testing.T) {
	t.Parallel()
	if own := ownNetworks(); !slices.Contains(own, netip.MustParsePrefix("127.0.0.0/8")) {
		t.Errorf("own networks are %v", own)
	}
}

// TestNamesOfTheInsideAreNotLookedUp asks a name server that would answer.
func TestNamesOfTheInsideAreNotLookedUp(t *testing.T) {
	t.Parallel()
	inside := []string{"prometheus.monitoring.svc.cluster.local", "kubernetes.default.svc", "minio", "metadata.google.internal", "printer.local", "a.localhost", "x.home.arpa", "abc.onion", "ｍｉｎｉｏ.ｌｏｃａｌ"}
	answers := map[string][][]string{}
	for _, name := range inside {
		answers[name+"."] = [][]string{{"93.184.215.14"}}
	}
	server, resolver := startNameServer(t, answers)
	f := New(config.Fetch{}.WithDefaults(), 0)
	f.resolver = resolver
	for _, name := range inside {
		for _, port := range []string{"", ":22", ":9090"} {
			if code := codeOf(f.Get(t.Context(), "http://"+name+port+"/")); code != ForbiddenAddress {
				t.Errorf("%s%s: code %q", name, port, code)
			}
		}
	}
	if n := server.total(); n != 0 {
		t.Errorf("%d look-ups", n)
	}
}
