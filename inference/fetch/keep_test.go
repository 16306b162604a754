package fetch

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
)

// at is a time of HTTP, so far from now.
func at(from time.Duration) string { return time.Now().Add(from).UTC().Format(http.TimeFormat) }

// TestFreshness gets a file twice. An answer that is fresh, and may be kept, is
// asked for once.
func TestFreshness(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		header http.Header
		asked  int
	}{
		"max-age":                         {http.Header{"Cache-Control": {"max-age=60"}}, 1},
		"in capitals and with spaces":     {http.Header{"Cache-Control": {"Public ,  MAX-AGE = 60"}}, 1},
		"in a second field":               {http.Header{"Cache-Control": {"public", "max-age=60"}}, 1},
		"in quotes":                       {http.Header{"Cache-Control": {`max-age="60"`}}, 1},
		"immutable, unknown to us":        {http.Header{"Cache-Control": {"max-age=60, immutable, x=\"a, no-store\""}}, 1},
		"max-age beyond all numbers":      {http.Header{"Cache-Control": {"max-age=99999999999999999999999"}}, 1},
		"must-revalidate, fresh":          {http.Header{"Cache-Control": {"max-age=60, must-revalidate"}}, 1},
		"must-revalidate, stale":          {http.Header{"Cache-Control": {"max-age=0, must-revalidate"}}, 2},
		"stale while it is asked again":   {http.Header{"Cache-Control": {"max-age=0, stale-while-revalidate=600, stale-if-error=600"}}, 2},
		"no-store":                        {http.Header{"Cache-Control": {"no-store"}}, 2},
		"no-store beside max-age":         {http.Header{"Cache-Control": {"max-age=60, no-store"}}, 2},
		"no-store in a second field":      {http.Header{"Cache-Control": {"max-age=60", "no-store"}}, 2},
		"no-store that is understood":     {http.Header{"Cache-Control": {"max-age=60, no-store, must-understand"}}, 2},
		"no-cache":                        {http.Header{"Cache-Control": {"max-age=60, no-cache"}}, 2},
		"no-cache of a field":             {http.Header{"Cache-Control": {`max-age=60, no-cache="Set-Cookie"`}}, 2},
		"private":                         {http.Header{"Cache-Control": {"private, max-age=60"}}, 2},
		"private fields":                  {http.Header{"Cache-Control": {`private="x-user", max-age=60`}}, 2},
		"s-maxage before max-age":         {http.Header{"Cache-Control": {"max-age=60, s-maxage=0"}}, 2},
		"max-age of less than nothing":    {http.Header{"Cache-Control": {"max-age=-60"}}, 2},
		"max-age that is no number":       {http.Header{"Cache-Control": {"max-age=1h"}, "Expires": {at(time.Hour)}}, 2},
		"max-age without a number":        {http.Header{"Cache-Control": {"max-age"}}, 2},
		"two max-ages":                    {http.Header{"Cache-Control": {"max-age=60, max-age=0"}}, 2},
		"one max-age, twice":              {http.Header{"Cache-Control": {"max-age=60, max-age=60"}}, 1},
		"Expires":                         {http.Header{"Expires": {at(time.Hour)}}, 1},
		"Expires by another clock":        {http.Header{"Date": {at(-time.Hour)}, "Expires": {at(time.Hour / 2)}}, 1},
		"Expires, past":                   {http.Header{"Expires": {at(-time.Hour)}}, 2},
		"Expires before Date":             {http.Header{"Date": {at(2 * time.Hour)}, "Expires": {at(time.Hour)}}, 2},
		"Expires of 0":                    {http.Header{"Expires": {"0"}}, 2},
		"Expires twice":                   {http.Header{"Expires": {at(time.Hour), at(-time.Hour)}}, 2},
		"max-age before Expires":          {http.Header{"Cache-Control": {"max-age=0"}, "Expires": {at(time.Hour)}}, 2},
		"Age below max-age":               {http.Header{"Cache-Control": {"max-age=7200"}, "Age": {"60"}}, 1},
		"Age above max-age":               {http.Header{"Cache-Control": {"max-age=60"}, "Age": {"61"}}, 2},
		"Age beyond all numbers":          {http.Header{"Cache-Control": {"max-age=60"}, "Age": {"99999999999999999999999"}}, 2},
		"Age that is no number":           {http.Header{"Cache-Control": {"max-age=60"}, "Age": {"old"}}, 1},
		"Date that is long ago":           {http.Header{"Cache-Control": {"max-age=60"}, "Date": {at(-time.Hour)}}, 2},
		"Date that is none":               {http.Header{"Cache-Control": {"max-age=60"}, "Date": {"yesterday"}}, 1},
		"modified long ago, and no more":  {http.Header{"Last-Modified": {at(-10000 * time.Hour)}}, 2},
		"Pragma":                          {http.Header{"Pragma": {"no-cache"}, "Expires": {at(time.Hour)}}, 2},
		"Pragma beside Cache-Control":     {http.Header{"Pragma": {"no-cache"}, "Cache-Control": {"max-age=60"}}, 1},
		"varies by what we always say":    {http.Header{"Cache-Control": {"max-age=60"}, "Vary": {"accept, user-agent"}}, 1},
		"varies by what we never say":     {http.Header{"Cache-Control": {"max-age=60"}, "Vary": {"Cookie"}}, 1},
		"varies by anything":              {http.Header{"Cache-Control": {"max-age=60"}, "Vary": {"Accept, *"}}, 2},
		"marked as a cache would mark it": {http.Header{"X-From-Cache": {"1"}, "Cache-Control": {"no-store"}}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			f, url := fetching(t, func(w http.ResponseWriter, _ *http.Request) {
				asked++
				for key, values := range tt.header {
					w.Header()[key] = values
				}
				_, _ = io.WriteString(w, "picture")
			})
			for n := range 2 {
				data, cached, err := f.Get(t.Context(), url)
				if err != nil || string(data) != "picture" {
					t.Fatalf("got %q, %v", data, err)
				}
				if want := n == 1 && tt.asked == 1; cached != want {
					t.Errorf("get %d: from the cache: %v, want %v", n+1, cached, want)
				}
			}
			if asked != tt.asked {
				t.Errorf("asked %d times, want %d", asked, tt.asked)
			}
		})
	}
}

// fetching is an origin, and a fetcher that may ask it.
func fetching(t *testing.T, handler http.HandlerFunc) (f *Fetcher, url string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return New(config.Fetch{AllowedHosts: []string{"127.0.0.1"}}.WithDefaults(), 40_000), server.URL
}

// answer is one of an origin's.
type answer struct {
	status int
	header http.Header
	body   string
}

// TestSequences has an origin give one answer after another, each but the last
// once, and says what the gets bring.
func TestSequences(t *testing.T) {
	t.Parallel()
	tag := func(value string, more ...string) http.Header {
		h := http.Header{"Etag": {value}}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	fresh := http.Header{"Cache-Control": {"max-age=60"}}
	modified := at(-time.Hour)
	for name, tt := range map[string]struct {
		answers []answer
		gets    []string // the body, or a part of the error
		asked   []string // If-None-Match and If-Modified-Since of each request
	}{
		"unchanged, and then fresh for a while": {
			[]answer{{200, tag(`"a"`), "a"}, {304, tag(`"a"`, "Cache-Control", "max-age=60"), ""}},
			[]string{"a", "a", "a"},
			[]string{" ", `"a" `},
		},
		"unchanged, and no longer to be kept": {
			[]answer{{200, tag(`"a"`), "a"}, {304, tag(`"a"`, "Cache-Control", "no-store"), ""}, {200, nil, "b"}},
			[]string{"a", "a", "b"},
			[]string{" ", `"a" `, " "},
		},
		"a weak tag": {
			[]answer{{200, tag(`W/"a"`), "a"}, {304, tag(`"a"`), ""}},
			[]string{"a", "a"},
			[]string{" ", `W/"a" `},
		},
		"unchanged, as another answer": {
			[]answer{{200, tag(`"a"`), "a"}, {304, tag(`"b"`), ""}, {200, tag(`"b"`), "b"}, {304, nil, ""}},
			[]string{"a", "b", "b"},
			[]string{" ", `"a" `, " ", `"b" `},
		},
		"both validators": {
			[]answer{{200, tag(`"a"`, "Last-Modified", modified), "a"}, {304, nil, ""}},
			[]string{"a", "a"},
			[]string{" ", `"a" ` + modified},
		},
		"a time of modification that is none": {
			[]answer{{200, http.Header{"Last-Modified": {"lately"}}, "a"}, {200, nil, "b"}},
			[]string{"a", "b"},
			[]string{" ", " "},
		},
		"an origin that is down does not make it forgotten, nor stale": {
			[]answer{{200, tag(`"a"`), "a"}, {503, nil, ""}, {304, nil, ""}},
			[]string{"a", "503", "a"},
			[]string{" ", `"a" `, `"a" `},
		},
		"gone is forgotten": {
			[]answer{{200, tag(`"a"`), "a"}, {410, nil, ""}, {200, nil, "b"}},
			[]string{"a", "410", "b"},
			[]string{" ", `"a" `, " "},
		},
		"unchanged, which was not asked": {
			[]answer{{304, fresh, ""}}, []string{"304", "304"}, []string{" ", " "},
		},
		"an error is not kept": {
			[]answer{{404, fresh, ""}, {200, fresh, "a"}}, []string{"404", "a", "a"}, []string{" ", " "},
		},
		"part of a file is not kept": {
			[]answer{{206, fresh, "a"}}, []string{"206", "206"}, []string{" ", " "},
		},
		"a redirect is kept for as long as it says": {
			[]answer{{302, http.Header{"Cache-Control": {"max-age=60"}, "Location": {"/there"}}, ""}, {200, nil, "a"}, {200, nil, "b"}},
			[]string{"a", "b"},
			[]string{" ", " ", " "},
		},
		"a redirect that says nothing": {
			[]answer{{301, http.Header{"Location": {"/there"}}, ""}, {200, fresh, "a"}, {301, http.Header{"Location": {"/there"}}, ""}},
			[]string{"a", "a"},
			[]string{" ", " ", " "},
		},
		"unchanged, with a length of its own": {
			[]answer{{200, tag(`"a"`), "aaaa"}, {304, tag(`"a"`, "Content-Encoding", "br"), ""}},
			[]string{"aaaa", "aaaa"},
			[]string{" ", `"a" `},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []string
			f, url := fetching(t, func(w http.ResponseWriter, r *http.Request) {
				a := tt.answers[min(len(asked), len(tt.answers)-1)]
				asked = append(asked, r.Header.Get("If-None-Match")+" "+r.Header.Get("If-Modified-Since"))
				for key, values := range a.header {
					w.Header()[key] = values
				}
				w.WriteHeader(a.status)
				_, _ = io.WriteString(w, a.body)
			})
			for n, want := range tt.gets {
				data, _, err := f.Get(t.Context(), url)
				if got := fmt.Sprint(string(data), err); !strings.Contains(got, want) {
					t.Errorf("get %d: %s, want %s", n+1, got, want)
				}
			}
			if fmt.Sprint(asked) != fmt.Sprint(tt.asked) {
				t.Errorf("asked by %q, want %q", asked, tt.asked)
			}
		})
	}
}

// TestACutOffFileIsNotKept has an origin end a file before its length.
func TestACutOffFileIsNotKept(t *testing.T) {
	t.Parallel()
	f, url := fetching(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	})
	for range 2 {
		if data, _, err := f.Get(t.Context(), url); err == nil {
			t.Errorf("got %q", data)
		}
	}
	if got := f.Cached(); got != 0 {
		t.Errorf("%d bytes are kept", got)
	}
}

// TestVary asks by requests that differ in what an answer varies by.
func TestVary(t *testing.T) {
	t.Parallel()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Cache-Control", "max-age=60")
		w.Header().Set("Vary", "accept-language")
		_, _ = io.WriteString(w, r.Header.Get("Accept-Language"))
	}))
	t.Cleanup(server.Close)
	client := &http.Client{Transport: newKeeper(http.DefaultTransport, 40_000)}
	for n, tt := range []struct {
		language string
		asked    int
	}{{"de", 1}, {"de", 1}, {"fr", 2}, {"fr", 2}, {"", 3}} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if tt.language != "" {
			request.Header.Set("Accept-Language", tt.language)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || string(data) != tt.language || asked != tt.asked {
			t.Errorf("get %d: %q, %v, asked %d times, want %q and %d", n+1, data, err, asked, tt.language, tt.asked)
		}
	}
}
