package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/internet"
)

// serve starts an origin on loopback.
func serve(t *testing.T, handle http.HandlerFunc) (o *httptest.Server, host string) {
	t.Helper()
	o = httptest.NewServer(handle)
	t.Cleanup(o.Close)
	return o, o.Listener.Addr().String()
}

// hanging starts an origin that answers once it is released.
func hanging(t *testing.T) (o *httptest.Server, host string, reached chan struct{}, release func()) {
	t.Helper()
	reached, released := make(chan struct{}, 10), make(chan struct{})
	release = sync.OnceFunc(func() { close(released) })
	o, host = serve(t, func(http.ResponseWriter, *http.Request) {
		reached <- struct{}{}
		<-released
	})
	t.Cleanup(release) // Before the origin closes, which waits for its answers.
	return o, host, reached, release
}

// await waits for a fetch to reach its origin, unless that takes far too long.
func await(t *testing.T, reached <-chan struct{}) {
	t.Helper()
	select {
	case <-reached:
	case <-time.After(40 * time.Second):
		t.Fatal("the origin was not reached")
	}
}

// TestACallerThatWaitsForItsTurnMayLeave has one fetch take the only place, in
// total or of a host, and the caller of another leave meanwhile. Both places
// must then be there for the next.
func TestACallerThatWaitsForItsTurnMayLeave(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]config.Fetch{
		"in total":  {MaxConcurrent: 1, MaxConcurrentPerHost: 1},
		"of a host": {MaxConcurrent: 5, MaxConcurrentPerHost: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slow, slowHost, reached, release := hanging(t)
			quick, quickHost := serve(t, func(http.ResponseWriter, *http.Request) {})
			limits.AllowedHosts = []string{slowHost, quickHost}
			limits.TimeoutSeconds = 300
			f := New(limits.WithDefaults(), 0)
			var first sync.WaitGroup
			first.Go(func() {
				if _, _, err := f.Get(t.Context(), slow.URL); err != nil {
					t.Errorf("the fetch under way: %v", err)
				}
			})
			await(t, reached)
			waits := map[string]string{"in total": quick.URL, "of a host": slow.URL}[name]
			for range 3 {
				ctx, leave := context.WithTimeout(t.Context(), 20*time.Millisecond)
				if _, _, err := f.Get(ctx, waits); !errors.Is(err, context.DeadlineExceeded) || err.Error() != context.DeadlineExceeded.Error() {
					t.Errorf("a caller that left: got %v, want its context's error alone", err)
				}
				leave()
			}
			select {
			case <-reached:
				t.Error("a fetch went on without a place")
			default:
			}
			release()
			first.Wait()
			for range 2 {
				for _, u := range []string{slow.URL, quick.URL} {
					if _, _, err := f.Get(t.Context(), u); err != nil {
						t.Errorf("afterwards: %v", err)
					}
				}
			}
			if len(f.slots.hosts) != 0 {
				t.Errorf("places of %d hosts are kept for nobody", len(f.slots.hosts))
			}
		})
	}
}

// TestTheLimitOfAFetchIsNotItsCallers has the fetch's own time end, while it
// waits for a place and for an answer.
func TestTheLimitOfAFetchIsNotItsCallers(t *testing.T) {
	t.Parallel()
	slow, host, reached, _ := hanging(t)
	f := New(config.Fetch{AllowedHosts: []string{host}, MaxConcurrentPerHost: 1, TimeoutSeconds: 1}.WithDefaults(), 0)
	var callers sync.WaitGroup
	for range 3 {
		callers.Go(func() {
			start := time.Now()
			if code := codeOf(f.Get(t.Context(), slow.URL)); code != TimedOut || time.Since(start) < time.Second {
				t.Errorf("code %s after %s, want %s after a second", code, time.Since(start), TimedOut)
			}
		})
	}
	await(t, reached)
	callers.Wait()
}

// TestLimitsAreReached has files, redirects and URLs that are as large as they
// may be, and a little larger.
func TestLimitsAreReached(t *testing.T) {
	t.Parallel()
	o, host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var bytes, redirects int
		_, _ = fmt.Sscanf(r.URL.Path, "/%d/%d", &bytes, &redirects)
		if redirects > 0 {
			http.Redirect(w, r, fmt.Sprintf("/%d/%d", bytes, redirects-1), http.StatusFound)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/flushed") { // So that its size is not told.
			w.(http.Flusher).Flush()
		}
		_, _ = w.Write(make([]byte, bytes))
	})
	few := config.Fetch{AllowedHosts: []string{host}, MaxBytes: 1000, MaxRedirects: 2}
	none := few
	none.MaxRedirects = -1
	pad := func(length int) string {
		u := o.URL + "/7/0?"
		return u + strings.Repeat("x", length-len(u))
	}
	for _, tt := range []struct {
		limits config.Fetch
		url    string
		want   Code
	}{
		{few, o.URL + "/1000/0", ""},
		{few, o.URL + "/1001/0", TooLarge},
		{few, o.URL + "/1000/0/flushed", ""},
		{few, o.URL + "/1001/0/flushed", TooLarge},
		{few, o.URL + "/0/0", ""},
		{few, o.URL + "/7/2", ""},
		{few, o.URL + "/7/3", TooManyRedirects},
		{none, o.URL + "/7/0", ""},
		{none, o.URL + "/7/1", TooManyRedirects},
		{few, pad(maxURL), ""},
		{few, pad(maxURL + 1), InvalidURL},
	} {
		data, cached, err := New(tt.limits.WithDefaults(), 0).Get(t.Context(), tt.url)
		if code := codeOf(nil, false, err); code != tt.want || cached || (err != nil) != (data == nil) {
			t.Errorf("%.60s: %d bytes, from a cache: %v, code %q, want %q", tt.url, len(data), cached, code, tt.want)
		}
	}
}

// TestWhatAnOriginIsTold follows a redirect, whose aim must not learn whence.
func TestWhatAnOriginIsTold(t *testing.T) {
	t.Parallel()
	var told []http.Header
	var mu sync.Mutex
	o, host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		told = append(told, r.Header.Clone())
		mu.Unlock()
		if r.URL.Path == "/from" {
			http.Redirect(w, r, "/to", http.StatusFound)
		}
	})
	f := New(config.Fetch{AllowedHosts: []string{host}}.WithDefaults(), 0)
	if _, _, err := f.Get(t.Context(), o.URL+"/from?secret"); err != nil || len(told) != 2 {
		t.Fatalf("%v after %d requests, want 2", err, len(told))
	}
	for i, h := range told {
		if h.Get("User-Agent") != "rsclip" || h.Get("Accept") != "image/*,*/*;q=0.5" || len(h) != 2 {
			t.Errorf("request %d told %v", i+1, h)
		}
	}
}

// TestErrorsHoldNoMoreThanTheHost fails in every place, by URLs with a secret.
func TestErrorsHoldNoMoreThanTheHost(t *testing.T) {
	t.Parallel()
	o, host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/redirect":
			http.Redirect(w, r, "/redirect?secret", http.StatusFound)
		case "/nowhere":
			w.Header().Set("Location", "http://[::1?secret")
			w.WriteHeader(http.StatusFound)
		case "/cut":
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("x"))
		default:
			http.NotFound(w, r)
		}
	})
	gone, goneHost := serve(t, http.NotFound)
	gone.Close()
	f := New(config.Fetch{AllowedHosts: []string{host, goneHost}}.WithDefaults(), 0)
	for u, want := range map[string]string{
		o.URL + "/redirect?secret": host, o.URL + "/nowhere?secret": host, o.URL + "/cut?secret": host, o.URL + "/missing?secret": host,
		gone.URL + "/?secret": goneHost, "http://[::1?secret": "", "http://10.0.0.1/?secret": "10.0.0.1",
	} {
		_, _, err := f.Get(t.Context(), u)
		var own *Error
		if !errors.As(err, &own) || own.Host != want || own.Unwrap() == nil || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "%!") || !strings.Contains(err.Error(), "fetching the image") {
			t.Errorf("%s: %v", u, err)
		}
	}
}

// TestEachAddressOfANameIsTried has a name with two, of which one serves.
func TestEachAddressOfANameIsTried(t *testing.T) {
	t.Parallel()
	_, host := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("picture")) })
	_, port, err := net.SplitHostPort(host)
	if err != nil {
		t.Fatal(err)
	}
	_, resolver := startNameServer(t, map[string][][]string{
		"second.test.": {{"127.0.0.9", "127.0.0.1"}}, "first.test.": {{"127.0.0.1", "127.0.0.9"}}, "neither.test.": {{"127.0.0.8", "127.0.0.9"}},
	})
	f := New(config.Fetch{AllowedHosts: []string{"first.test", "second.test", "neither.test"}}.WithDefaults(), 0)
	f.resolver = resolver
	for name, want := range map[string]Code{"first": "", "second": "", "neither": ConnectFailed} {
		data, _, err := f.Get(t.Context(), "http://"+name+".test:"+port)
		if code := codeOf(nil, false, err); code != want || want == "" && string(data) != "picture" {
			t.Errorf("%s: %q, code %q, want %q", name, data, code, want)
		}
	}
}

// TestTheEdgesOfWhatIsAllowed has the least port, and addresses that are none.
func TestTheEdgesOfWhatIsAllowed(t *testing.T) {
	t.Parallel()
	f := New(config.Fetch{}.WithDefaults(), 0)
	for port, want := range map[string]Code{"79": ForbiddenPort, "80": "", "443": "", "1023": ForbiddenPort, "1024": "", "65535": "", "65536": ForbiddenPort, "0": ForbiddenPort, "99999999999999999999": ForbiddenPort} {
		u, err := parse("http://example.com:" + port)
		if err == nil {
			err = f.check(u)
		}
		if code := codeOf(nil, false, err); code != want {
			t.Errorf("port %s: code %q, want %q", port, code, want)
		}
		if err != nil && !strings.Contains(err.Error(), "port "+port+" ") && !strings.Contains(err.Error(), "port "+port+":") {
			t.Errorf("port %s: the error names another: %v", port, err)
		}
	}
	for _, a := range []netip.Addr{{}, netip.MustParseAddr("2606:4700::1111%eth0")} {
		if internet.IsPublic(a) {
			t.Errorf("%s is public", a)
		}
	}
}
