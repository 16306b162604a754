package fetch

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestWhichFilesAreKept gets files of several sizes twice, by a cache of 8,000
// bytes, of which one file may take 1,000.
func TestWhichFilesAreKept(t *testing.T) {
	t.Parallel()
	for path, asked := range map[string]int{"/1000": 1, "/1001": 2, "/0": 1, "/1": 1, "/10/unknown": 2} {
		count := 0
		o, host := serve(t, func(w http.ResponseWriter, r *http.Request) {
			count++
			var size int
			_, _ = fmt.Sscanf(r.URL.Path, "/%d", &size)
			w.Header().Set("Cache-Control", "max-age=60")
			if r.URL.Path == "/10/unknown" {
				w.(http.Flusher).Flush() // So that its size is not told.
			}
			_, _ = w.Write(make([]byte, size))
		})
		f := New(config.Fetch{AllowedHosts: []string{host}}.WithDefaults(), 8000)
		for range 2 {
			if _, _, err := f.Get(t.Context(), o.URL+path); err != nil {
				t.Fatal(err)
			}
		}
		if count != asked {
			t.Errorf("%s: asked %d times, want %d", path, count, asked)
		}
	}
}

// TestWhatIsKeptOutlivesItsOrigin asks again for what is stale, of an origin that
// has a fault, then says that nothing has changed, and then is gone.
func TestWhatIsKeptOutlivesItsOrigin(t *testing.T) {
	t.Parallel()
	status := http.StatusOK
	o, host := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Etag", `"1"`)
		if status != http.StatusOK && r.Header.Get("If-None-Match") != `"1"` {
			t.Errorf("asked without what is kept, for status %d", status)
		}
		w.WriteHeader(status)
		if status == http.StatusOK {
			_, _ = w.Write([]byte("picture"))
		}
	})
	f := New(config.Fetch{AllowedHosts: []string{host}}.WithDefaults(), 8000)
	for _, step := range []struct {
		status int
		want   Code
		cached bool
	}{{200, "", false}, {500, BadStatus, false}, {503, BadStatus, false}, {304, "", true}} {
		status = step.status
		data, cached, err := f.Get(t.Context(), o.URL)
		if code := codeOf(nil, false, err); code != step.want || cached != step.cached || step.want == "" && string(data) != "picture" {
			t.Errorf("status %d: %q, from the cache %v, code %q", step.status, data, cached, code)
		}
	}
	o.Close()
	if code := codeOf(f.Get(t.Context(), o.URL)); code != ConnectFailed {
		t.Errorf("of an origin that is gone: code %q, want %q", code, ConnectFailed)
	}
}

// TestARefusalOfMemoryIsNotTheOrigins has no room for a file.
func TestARefusalOfMemoryIsNotTheOrigins(t *testing.T) {
	t.Parallel()
	o, host := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 100)) })
	f := New(config.Fetch{AllowedHosts: []string{host}}.WithDefaults(), 0)
	full := errors.New("no room")
	var asked int64
	data, _, err := f.GetWithin(t.Context(), o.URL, func(_ context.Context, bytes int64) error { asked = bytes; return full })
	if err != full || data != nil || asked != 100 { //nolint:errorlint // The error itself, and in nothing.
		t.Errorf("%d bytes, %v, asked for %d; want %v for 100", len(data), err, asked, full)
	}
}

func TestSizesAndSeconds(t *testing.T) {
	t.Parallel()
	if n := sizeOf(http.Header{"Name": {"ab", "c"}, "X": nil}); n != 4+3+1 {
		t.Errorf("the header has %d bytes, want 8", n)
	}
	for text, want := range map[string]time.Duration{
		"0": 0, "60": time.Minute, "2147483647": math.MaxInt32 * time.Second, "2147483648": math.MaxInt32 * time.Second, "99999999999999999999": math.MaxInt32 * time.Second,
	} {
		if got, valid := seconds(text); got != want || !valid {
			t.Errorf("%s: %s, %v, want %s", text, got, valid, want)
		}
	}
	for _, text := range []string{"", "-1", "1h", "1.5"} {
		if _, valid := seconds(text); valid {
			t.Errorf("%q is a number of seconds", text)
		}
	}
	for list, want := range map[string][2]string{
		`a, b`: {"a", " b"}, `x="a, b", c`: {`x="a, b"`, " c"}, `"a, b",c`: {`"a, b"`, "c"}, `x="a\", b", c`: {`x="a\", b"`, " c"}, "a": {"a", ""},
	} {
		if member, rest := cutMember(list); member != want[0] || rest != want[1] {
			t.Errorf("%s: %q and %q, want %q", list, member, rest, want)
		}
	}
}
