package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
)

// trip is an origin's side of a connection: it answers each request by the next of
// its answers, and the last stays.
type trip struct {
	answers []*http.Response
	asked   int
}

func (t *trip) RoundTrip(*http.Request) (*http.Response, error) {
	a := *t.answers[min(t.asked, len(t.answers)-1)]
	t.asked++
	if a.StatusCode == 0 {
		return nil, errors.New("the origin is gone")
	}
	return &a, nil
}

// inParts reads a few bytes at a time.
type inParts struct {
	io.Reader
	size int
}

func (r inParts) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), r.size)]) }

// entry is what the cache counts of each answer for itself, in bytes.
const entry = 200

func answered(status int, header http.Header, body string, length int64) *http.Response {
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(inParts{bytes.NewReader([]byte(body)), 10}), ContentLength: length}
}

// askKeeper reads an answer to its end.
func askKeeper(t *testing.T, k *keeper, method string) (response *http.Response, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://example.com/picture#part", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err = k.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response, string(data)
}

// TestWhatIsKeptWhenItIsReadToItsEnd asks twice, and reads all of both answers.
func TestWhatIsKeptWhenItIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	long := string(bytes.Repeat([]byte("0123456789"), 10))
	fresh := func() http.Header { return http.Header{"Cache-Control": {"max-age=60"}} }
	for name, tt := range map[string]struct {
		answer *http.Response
		method string
		body   string
		asked  int
	}{
		"a file":                              {answered(200, fresh(), long, 100), "GET", long, 1},
		"a file of unknown length":            {answered(200, fresh(), long, -1), "GET", long, 2},
		"a redirect":                          {answered(302, fresh(), long, 100), "GET", long, 1},
		"a redirect of unknown length":        {answered(302, fresh(), long, -1), "GET", long, 1},
		"a redirect that turns out too large": {answered(302, fresh(), long+"+", -1), "GET", long + "+", 2},
		"an error":                            {answered(404, fresh(), long, 100), "GET", long, 2},
		"a part":                              {answered(206, fresh(), long, 100), "GET", long, 2},
		"another method":                      {answered(200, fresh(), long, 100), "POST", long, 2},
		"a method of nothing that is kept":    {answered(404, fresh(), long, 100), "POST", long, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			origin := &trip{answers: []*http.Response{tt.answer}}
			k := newKeeper(origin, 800)
			for n := range 2 {
				if n == 1 {
					tt.answer.Body = io.NopCloser(inParts{bytes.NewReader([]byte(tt.body)), 10})
				}
				response, body := askKeeper(t, k, tt.method)
				if body != tt.body || response.StatusCode != tt.answer.StatusCode {
					t.Errorf("answer %d: status %d and %q", n+1, response.StatusCode, body)
				}
				if kept := isKept(response); kept != (n == 1 && tt.asked == 1) {
					t.Errorf("answer %d is the cache's: %v", n+1, kept)
				}
			}
			if origin.asked != tt.asked {
				t.Errorf("the origin was asked %d times, want %d", origin.asked, tt.asked)
			}
			want := 0
			if tt.asked == 1 {
				want = entry + len("http://example.com/picture") + len(tt.body) + len("Cache-Control"+"max-age=60")
			}
			if held := k.cache.Held(); held != want {
				t.Errorf("%d bytes are held, want %d", held, want)
			}
		})
	}
}

// TestWhatIsHeldOfAnAnswerThatVaries counts what the request said.
func TestWhatIsHeldOfAnAnswerThatVaries(t *testing.T) {
	t.Parallel()
	k := newKeeper(&trip{answers: []*http.Response{answered(200, http.Header{"Cache-Control": {"max-age=60"}, "Vary": {"Accept"}}, "x", 1)}}, 8000)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://example.com/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "image/png")
	response, err := k.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, response.Body)
	want := entry + len("http://example.com/"+"x"+"Cache-Control"+"max-age=60"+"Vary"+"Accept"+"Accept"+"image/png")
	if held := k.cache.Held(); held != want {
		t.Errorf("%d bytes are held, want %d", held, want)
	}
}

// TestAnAnswerThatIsRenewed keeps what describes its body, and takes the rest from
// the answer that says that it has not changed.
func TestAnAnswerThatIsRenewed(t *testing.T) {
	t.Parallel()
	first := http.Header{"Etag": {`"1"`}, "Content-Type": {"image/png"}, "Content-Length": {"3"}, "X-Cache": {"miss"}, "Server": {"one"}}
	again := http.Header{
		"Cache-Control": {"max-age=60"}, "Content-Type": {"text/html"}, "Content-Length": {"99"}, "Content-Encoding": {"br"}, "Content-Range": {"bytes 0-1/3"},
		"Transfer-Encoding": {"chunked"}, "X-Cache": {"hit"},
	}
	origin := &trip{answers: []*http.Response{answered(200, first, "abc", 3), answered(304, again, "", 0)}}
	k := newKeeper(origin, 8000)
	askKeeper(t, k, http.MethodGet)
	for range 2 {
		response, body := askKeeper(t, k, http.MethodGet)
		want := http.Header{"Etag": {`"1"`}, "Content-Type": {"image/png"}, "Content-Length": {"3"}, "X-Cache": {"hit"}, "Server": {"one"}, "Cache-Control": {"max-age=60"}}
		if body != "abc" || fmt.Sprint(response.Header) != fmt.Sprint(want) {
			t.Errorf("%q with %v, want %v", body, response.Header, want)
		}
		if response.Status != "200 OK" || response.StatusCode != http.StatusOK || !response.ProtoAtLeast(1, 1) || response.ProtoAtLeast(1, 2) || response.ContentLength != 3 {
			t.Errorf("status %q of %s, %d bytes", response.Status, response.Proto, response.ContentLength)
		}
	}
	if origin.asked != 2 {
		t.Errorf("the origin was asked %d times, want 2", origin.asked)
	}
}

// TestAnAnswerIsAsYoungAsItsLastWord has a file come from a cache that had it for
// long. An answer of the origin itself, which says that it has not changed, has no
// age: the file is fresh again.
func TestAnAnswerIsAsYoungAsItsLastWord(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		age   []string // of the second answer
		asked int
	}{
		"no age": {nil, 2}, "less than its lifetime": {[]string{"30"}, 2}, "its lifetime": {[]string{"60"}, 4},
	} {
		header := func(age ...string) http.Header {
			h := http.Header{"Etag": {`"1"`}, "Cache-Control": {"max-age=60"}, "Date": {time.Now().UTC().Format(http.TimeFormat)}}
			if len(age) > 0 {
				h["Age"] = age
			}
			return h
		}
		origin := &trip{answers: []*http.Response{answered(200, header("3600"), "abc", 3), answered(304, header(tt.age...), "", 0)}}
		k := newKeeper(origin, 8000)
		for range 4 {
			if _, body := askKeeper(t, k, http.MethodGet); body != "" && body != "abc" {
				t.Errorf("%s: got %q", name, body)
			}
		}
		if origin.asked != tt.asked {
			t.Errorf("%s: the origin was asked %d times, want %d", name, origin.asked, tt.asked)
		}
	}
}

// TestAnOriginThatIsGone fails by the connection, with a cache and without.
func TestAnOriginThatIsGone(t *testing.T) {
	t.Parallel()
	o, host := serve(t, http.NotFound)
	o.Close()
	for _, cacheBytes := range []int{0, 8000} {
		f := New(config.Fetch{AllowedHosts: []string{host}}.WithDefaults(), cacheBytes)
		if code := codeOf(f.Get(t.Context(), o.URL)); code != ConnectFailed {
			t.Errorf("with a cache of %d bytes: code %q", cacheBytes, code)
		}
	}
}
