package fetch

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestNothingArrives asks for a server on loopback, under its every name. The
// server counts who connects, before any byte is sent.
func TestNothingArrives(t *testing.T) {
	t.Parallel()
	var arrived atomic.Int32
	inside, err := net.Listen("tcp", ":0") // Of both families, where there are both.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = inside.Close() })
	go func() {
		for {
			c, err := inside.Accept()
			if err != nil {
				return
			}
			arrived.Add(1)
			_ = c.Close()
		}
	}()
	_, port, err := net.SplitHostPort(inside.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	redirector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.WriteHeader(http.StatusTemporaryRedirect)
	}))
	t.Cleanup(redirector.Close)
	_, resolver := startNameServer(t, map[string][][]string{
		"localhost.":   {{"127.0.0.1"}}, // Where the file of hosts does not have it with its dot.
		"inside.test.": {{"127.0.0.1"}},
		"mixed.test.":  {{"127.0.0.1", "93.184.215.14"}},
		"six.test.":    {{"::1"}},
		"zero.test.":   {{"0.0.0.0"}},
	})
	f := New(config.Fetch{AllowedHosts: []string{redirector.Listener.Addr().String(), "127.0.0.1:1"}}.WithDefaults(), 0)
	f.resolver = resolver
	for _, host := range []string{
		"127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "0", "0.0.0.0", "0x7f.1", "0x7f000001", "0177.0.0.1", "2130706433", "017700000001", "127.0.0.1.", "00127.0.0.1",
		"localhost", "LOCALHOST", "localhost.", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
		"１２７.０.０.１", "127。0。0。1", "①②⑦.⓪.⓪.①", "ｌｏｃａｌｈｏｓｔ", "inside.test", "mixed.test", "six.test", "zero.test", "INSIDE.test.",
	} {
		target := "http://" + host + ":" + port + "/"
		for _, address := range []string{target, redirector.URL + "/?to=" + url.QueryEscape(target)} {
			if code := codeOf(f.Get(t.Context(), address)); code != ForbiddenAddress {
				t.Errorf("%s: code %q, want %s", address, code, ForbiddenAddress)
			}
		}
	}
	if n := arrived.Load(); n != 0 {
		t.Errorf("%d connections arrived", n)
	}
}

// TestTheAllowlistOpensWhatItNames has two servers on loopback and a name for
// each way to miss what is named.
func TestTheAllowlistOpensWhatItNames(t *testing.T) {
	t.Parallel()
	named := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, "picture")
	}))
	t.Cleanup(named.Close)
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	_, port, _ := net.SplitHostPort(named.Listener.Addr().String())
	_, otherPort, _ := net.SplitHostPort(other.Listener.Addr().String())
	_, resolver := startNameServer(t, map[string][][]string{
		"store.test.":     {{"127.0.0.1"}},
		"any.test.":       {{"127.0.0.1"}},
		"sub.store.test.": {{"127.0.0.1"}},
		"mystore.test.":   {{"127.0.0.1"}},
		"test.":           {{"127.0.0.1"}},
	})
	f := New(config.Fetch{AllowedHosts: []string{"Store.test:" + port, "any.TEST"}}.WithDefaults(), 0)
	f.resolver = resolver
	for _, tt := range []struct {
		address string
		want    Code
	}{
		{"http://store.test:" + port, ""},
		{"http://STORE.Test:" + port, ""},
		{"http://any.test:" + port, ""},
		{"http://any.test:" + otherPort, BadStatus},
		{"http://store.test:" + port + "/?to=http://any.test:" + port, ""},
		{"http://store.test:" + otherPort, ForbiddenAddress},
		{"http://store.test", ForbiddenAddress},
		{"https://store.test", ForbiddenAddress},
		{"http://store.test.:" + port, ForbiddenAddress},
		{"http://sub.store.test:" + port, ForbiddenAddress},
		{"http://mystore.test:" + port, ForbiddenAddress},
		{"http://test:" + port, ForbiddenAddress},
		{"http://127.0.0.1:" + port, ForbiddenAddress},
		{"http://store.test:" + port + "@127.0.0.1:" + port, InvalidURL},
		{"http://127.0.0.1:" + port + "#@store.test:" + port, ForbiddenAddress},
		{"http://store.test:" + port + "/?to=http://store.test:" + otherPort, ForbiddenAddress},
		{"http://store.test:" + port + "/?to=http://sub.store.test:" + port, ForbiddenAddress},
		{"http://store.test:" + port + "/?to=//127.0.0.1:" + port, ForbiddenAddress},
		{"http://store.test:" + port + "/?to=file:///etc/passwd", UnsupportedScheme},
	} {
		if code := codeOf(f.Get(t.Context(), tt.address)); code != tt.want {
			t.Errorf("%s: code %q, want %q", tt.address, code, tt.want)
		}
	}
}

// TestOriginsThatBreakHTTP sends answers that no server should. Each is refused,
// or read as HTTP says, within the limits.
func TestOriginsThatBreakHTTP(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 200 OK\r\n"
	for name, tt := range map[string]struct {
		answer string // what follows is repeated until the fetcher leaves
		repeat string
		want   Code
	}{
		"nothing":                      {"", "", BadResponse},
		"no HTTP":                      {"SSH-2.0-OpenSSH_9.6\r\n", "", BadResponse},
		"half a status line":           {"HTTP/1.1 2", "", BadResponse},
		"a status that is no number":   {"HTTP/1.1 abc OK\r\n\r\n", "", BadResponse},
		"headers without end":          {ok, "X-Header: 0123456789\r\n", BadResponse},
		"a header line without end":    {ok + "X-Header: ", "0123456789", BadResponse},
		"informational without end":    {"", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", BadResponse},
		"a negative length":            {ok + "Content-Length: -1\r\n\r\nabc", "", BadResponse},
		"two lengths":                  {ok + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "", BadResponse},
		"a length that is too large":   {ok + "Content-Length: 1001\r\n\r\n", "", TooLarge},
		"a length beyond all numbers":  {ok + "Content-Length: 99999999999999999999\r\n\r\n", "", BadResponse},
		"a longer length than body":    {ok + "Content-Length: 10\r\n\r\nabc", "", BadResponse},
		"a shorter length than body":   {ok + "Content-Length: 3\r\n\r\nabcmore", "", ""},
		"no length, without end":       {ok + "\r\n", "0123456789", TooLarge},
		"chunks that are none":         {ok + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "", BadResponse},
		"a chunk cut off":              {ok + "Transfer-Encoding: chunked\r\n\r\nff\r\nabc", "", BadResponse},
		"a huge chunk":                 {ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "0123456789", TooLarge},
		"chunks without end":           {ok + "Transfer-Encoding: chunked\r\n\r\n", "4\r\nabcd\r\n", TooLarge},
		"small chunks, long comments":  {ok + "Transfer-Encoding: chunked\r\n\r\n", "1;" + strings.Repeat("x", 2000) + "\r\na\r\n", BadResponse},
		"an unknown transfer encoding": {ok + "Transfer-Encoding: gzip\r\n\r\nabc", "", BadResponse},
		"a compressed body":            {ok + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b", "", BadResponse},
		"a redirect without an aim":    {"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "", BadStatus},
		"a redirect to no URL":         {"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n", "", BadResponse},
		"a switch of protocols":        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "", BadStatus},
		"a part only":                  {"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-2/9\r\nContent-Length: 3\r\n\r\nabc", "", BadStatus},
		"no content":                   {"HTTP/1.1 204 No Content\r\n\r\n", "", BadStatus},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := rawOrigin(t, tt.answer, tt.repeat)
			f := New(config.Fetch{AllowedHosts: []string{address}, MaxBytes: 1000, TimeoutSeconds: 300}.WithDefaults(), 0)
			data, _, err := f.Get(t.Context(), "http://"+address+"/")
			if code := codeOf(nil, false, err); code != tt.want {
				t.Errorf("got %.50q, %v, want code %q", data, err, tt.want)
			}
			if tt.want == "" && string(data) != "abc" {
				t.Errorf("got %.50q", data)
			}
		})
	}
}

// rawOrigin answers each connection with the same bytes, whatever it asks for.
func rawOrigin(t *testing.T, answer, repeat string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				if _, err := c.Read(make([]byte, 4096)); err != nil {
					return
				}
				_, err := fmt.Fprint(c, answer)
				for chunk := strings.Repeat(repeat, 100); err == nil && repeat != ""; {
					_, err = fmt.Fprint(c, chunk)
				}
			}()
		}
	}()
	return l.Addr().String()
}
