package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/port"
)

// attacks are URLs that must be refused before a connection is tried, by the
// code of the refusal.
func attacks() map[Code][]string {
	return map[Code][]string{
		UnsupportedScheme: {
			"file:///etc/passwd", "gopher://127.0.0.1:70/_x", "ftp://example.com/a.jpg", "data:image/png;base64,AAAA", "dict://example.com/",
			"ldap://127.0.0.1/", "tftp://127.0.0.1/x", "ws://127.0.0.1/", "javascript:alert(1)", "view-source:http://127.0.0.1/", "smb://10.0.0.1/c$",
			"data:,x", "about:blank", "blob:http://127.0.0.1/x", "phar://a.jpg", "s3://bucket/a.jpg", "hxxp://127.0.0.1/",
			"unix:///var/run/docker.sock", "jar:http://example.com!/", "//example.com/a.jpg", "example.com/a.jpg", "", "HTTP//example.com",
		},
		InvalidURL: {
			"http://", "http:///a.jpg", "http://user:secret@example.com/", "http://user@example.com/", "http://example.com:80:90/", "http://[::1", "http://exa mple.com/",
			"http://example.com:secret@127.0.0.1/", "http://@127.0.0.1/", "http://:@127.0.0.1/", "http://127.0.0.1\\@example.com/", "http://example.com\\.127.0.0.1/", "http://127.0.0.1%00.example.com/",
			"http://exam\tple.com/", "http://example.com\r\nHost: a/", "http://[127.0.0.1]/", "http://[::1]extra/", "http://:80/", "http+unix://%2Fvar%2Frun/", "http://[::ﬀff:127.0.0.1]/", "http://?", "http://#",
			"http://169.254.169.254@example.com/", "http://example.com\n.evil/", "http://" + strings.Repeat("a", maxURL), "http://%zz/", "http://example.com:x/",
		},
		ForbiddenAddress: {
			"http://127.0.0.1/", "http://127.0.0.1:8080/metrics", "http://127.1.2.3/", "http://0.0.0.0/", "http://0.1.2.3/", "http://10.0.0.1/", "http://10.96.0.1:443/",
			"http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://169.254.170.2/", "http://100.64.0.1/",
			"http://100.100.100.200/", "http://192.0.0.192/", "http://168.63.129.16/", "http://192.0.2.1/", "http://198.18.0.1/", "http://198.19.255.255/", "http://198.51.100.1/",
			"http://203.0.113.1/", "http://224.0.0.1/", "http://239.255.255.255/", "http://240.0.0.1/", "http://255.255.255.255/", "http://192.88.99.1/",
			"http://[::]/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:169.254.169.254]/", "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/",
			"http://[64:ff9b::7f00:1]/", "http://[64:ff9b::169.254.169.254]/", "http://[64:ff9b:1::1]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fc00::1]/",
			"http://[fd00:ec2::254]/", "http://[fec0::1]/", "http://[ff02::1]/", "http://[2001::1]/", "http://[2001:db8::1]/", "http://[2002:7f00:1::]/", "http://[2002:a9fe:a9fe::]/",
			// The ends of ranges.
			"http://0.255.255.255/", "http://10.255.255.255/", "http://100.127.255.255/", "http://127.255.255.255/", "http://169.254.0.0/", "http://169.254.255.255/",
			"http://172.16.0.0/", "http://192.168.0.0/", "http://192.168.255.255/", "http://192.0.0.0/", "http://192.0.0.255/", "http://192.31.196.1/", "http://192.52.193.1/",
			"http://192.175.48.1/", "http://198.18.255.255/", "http://239.0.0.0/", "http://224.0.0.251/", "http://254.255.255.255/",
			// IPv4 in IPv6, in every way: mapped, compatible, translated, 6to4, Teredo, ISATAP.
			"http://[::ffff:10.0.0.1]/", "http://[::ffff:192.168.1.1]/", "http://[::ffff:a9fe:a9fe]/", "http://[0:0:0:0:0:ffff:127.0.0.1]/", "http://[::ffff:0:127.0.0.1]/",
			"http://[::10.0.0.1]/", "http://[64:ff9b::a00:1]/", "http://[64:ff9b:1:fffe::a9fe:a9fe]/", "http://[2002:a00:1::]/", "http://[2002:c0a8:101::1]/",
			"http://[2001:0:a00:1::1]/", "http://[fe80::5efe:127.0.0.1]/", "http://[fe80::5efe:10.0.0.1%25eth0]/", "http://[febf::1]/", "http://[fdff:ffff::1]/",
			"http://[ff05::1]/", "http://[::2]/", "http://[2001:10::1]/", "http://[2001:1ff:ffff::1]/", "http://[2620:4f:8000::1]/", "http://[4000::1]/", "http://[1fff::1]/",
			"http://[0000:0000:0000:0000:0000:0000:0000:0001]/", "http://[0::1]:8080/",
			// Metadata and API servers of clouds and clusters.
			"http://169.254.169.254:80/computeMetadata/v1/", "http://169.254.169.253/", "http://169.254.169.123/", "http://169.254.170.23/v1/credentials", "http://192.0.0.170/",
			"http://10.96.0.10:9153/metrics", "https://10.43.0.1/api", "http://[fd00:ec2::23]/", "http://[fd20:ce::254]/",
			// Numbers as hosts.
			"http://0x7f.1/", "http://0x0/", "http://00/", "http://0177.1/", "http://3232235777/", "http://0xa9fea9fe/", "http://169.254.43518/", "http://127.0.0.1.0x1/", "http://4294967295/",
			// Digits and dots that names fold into plain ones.
			"http://１２７.０.０.１/", "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://169．254．169．254/",
			"http://[3fff::1]/", "http://[100::1]/", "http://[5f00::1]/",
			"http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://017700000001/", "http://127.1/", "http://127.0.1/",
			"http://127.0.0.1./", "http://127.0.0.01/", "http://1/", "http://0/", "http://2852039166/", "http://example.com.1/", "http://./",
			"https://127.0.0.1/", "HTTP://127.0.0.1/", "http://127.0.0.1#@example.com/", "http://127.0.0.1?@example.com/",
		},
		ForbiddenPort: {
			"http://example.com:22/", "http://example.com:25/", "http://example.com:0/", "https://example.com:23/", "http://example.com:1023/", "http://8.8.8.8:53/",
		},
	}
}

// TestRefusedURLs asks for each attack, and for a redirect to it by an origin
// that is allowed.
func TestRefusedURLs(t *testing.T) {
	t.Parallel()
	redirector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.WriteHeader(http.StatusFound)
	}))
	t.Cleanup(redirector.Close)
	f := New(config.Fetch{AllowedHosts: []string{redirector.Listener.Addr().String()}}.WithDefaults(), 0)
	count := 0
	for code, urls := range attacks() {
		for _, u := range urls {
			count++
			_, _, err := f.Get(t.Context(), u)
			var own *Error
			if !errors.As(err, &own) || own.Code != code {
				t.Errorf("%q: %v, want code %s", u, err, code)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: the error shows the password: %v", u, err)
			}
			// What is relative leads to the redirector itself, and what is no URL
			// cannot be followed.
			if target, err := url.Parse(u); err != nil || target.Scheme == "" || target.Host == "" || len(u) > 1000 {
				continue
			}
			_, _, err = f.Get(t.Context(), redirector.URL+"/?to="+url.QueryEscape(u))
			if !errors.As(err, &own) || own.Code != code && own.Code != BadResponse {
				t.Errorf("a redirect to %q: %v, want code %s", u, err, code)
			}
		}
	}
	if t.Logf("%d URLs refused", count); count < 150 {
		t.Errorf("%d attacks, fewer than there were", count)
	}
}

// TestAllowedURLs are the legitimate neighbours of what is refused.
func TestAllowedURLs(t *testing.T) {
	t.Parallel()
	f := New(config.Fetch{AllowedHosts: []string{"minio.store:9000", "10.0.0.5", "Registry.Local"}}.WithDefaults(), 0)
	for _, u := range []string{
		"http://example.com/a.jpg", "https://example.com:8443/a", "http://8.8.8.8/", "http://9.255.255.255/", "http://11.0.0.1/", "http://172.15.255.255/", "http://172.32.0.1/",
		"http://192.167.1.1/", "http://100.63.255.255/", "http://100.128.0.1/", "http://126.255.255.255/", "http://128.0.0.1/", "http://169.253.1.1/", "http://223.255.255.255/",
		"http://198.17.255.255/", "http://198.20.0.1/", "http://[2606:4700::1111]/", "http://[2001:4860:4860::8888]/", "http://[::ffff:8.8.8.8]/", "http://1.example.com/",
		"http://127.0.0.1.example.com/", "http://xn--zrich-kva.example/", "http://EXAMPLE.com:80/",
		"http://minio.store:9000/a", "http://10.0.0.5/", "http://10.0.0.5:22/", "http://registry.local/", "https://REGISTRY.LOCAL:5000/",
	} {
		parsed, err := parse(u)
		if err == nil {
			err = f.check(parsed)
		}
		if err != nil {
			t.Errorf("%q: %v, want it allowed", u, err)
		}
	}
	for _, u := range []string{"http://10.0.0.6/", "http://10.0.0.5.example:22/", "http://minio.store:22/"} {
		parsed, err := parse(u)
		if err == nil {
			err = f.check(parsed)
		}
		if err == nil {
			t.Errorf("%q was allowed by a neighbour's entry", u)
		}
	}
}

// origin is a server on loopback that the fetcher may use, and a count of the
// connections to another that it may not.
type origin struct {
	url       string // of the allowed server
	forbidden string // host:port of the other
	reached   *atomic.Int32
	fetcher   *Fetcher
}

func newOrigin(t *testing.T, limits config.Fetch) *origin {
	t.Helper()
	o := &origin{reached: new(atomic.Int32)}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	o.forbidden = listener.Addr().String()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			o.reached.Add(1)
			_ = c.Close()
		}
	}()
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("picture")) })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 2000)) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1000)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		for {
			_, _ = w.Write([]byte("x"))
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(100 * time.Millisecond):
			}
		}
	})
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("only this"))
	})
	mux.HandleFunc("/gzip", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write([]byte("\x1f\x8b"))
	})
	mux.HandleFunc("/missing", http.NotFound)
	mux.HandleFunc("/headers", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Bomb", strings.Repeat("x", 2*maxHeaderBytes))
	})
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Query().Get("to"), http.StatusFound)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	o.url = server.URL
	limits.AllowedHosts = []string{strings.TrimPrefix(server.URL, "http://")}
	o.fetcher = New(limits.WithDefaults(), 0)
	return o
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, config.Fetch{MaxBytes: 1000, TimeoutSeconds: 300, MaxRedirects: 2})
	to := func(target string) string { return "/redirect?to=" + target }
	tests := []struct {
		path string
		want Code // "" for success
	}{
		{"/ok", ""},
		{to("/ok"), ""},
		{to(o.url + "/ok"), ""},
		{"/large", TooLarge},
		{"/endless", TooLarge},
		{"/short", BadResponse},
		{"/gzip", BadResponse},
		{"/missing", BadStatus},
		{"/headers", BadResponse},
		{"/loop", TooManyRedirects},
		{to("http://" + o.forbidden), ForbiddenAddress},
		{to("http://localhost:" + strings.Split(o.forbidden, ":")[1]), ForbiddenAddress},
		{to("http://169.254.169.254/"), ForbiddenAddress},
		{to("http://[::1]/"), ForbiddenAddress},
		{to("http://0x7f000001/"), ForbiddenAddress},
		{to("file:///etc/passwd"), UnsupportedScheme},
		{to("http://user:secret@example.com/"), InvalidURL},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			data, _, err := o.fetcher.Get(t.Context(), o.url+tt.path)
			var own *Error
			switch {
			case tt.want == "" && (err != nil || !bytes.Equal(data, []byte("picture"))):
				t.Errorf("got %q, %v", data, err)
			case tt.want != "" && (!errors.As(err, &own) || own.Code != tt.want):
				t.Errorf("got %v, want code %s", err, tt.want)
			}
		})
	}
	t.Cleanup(func() {
		if n := o.reached.Load(); n != 0 {
			t.Errorf("%d connections reached the forbidden address", n)
		}
	})
}

func TestAnOriginThatNeverEnds(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, config.Fetch{TimeoutSeconds: 1})
	var own *Error
	if _, _, err := o.fetcher.Get(t.Context(), o.url+"/drip"); !errors.As(err, &own) || own.Code != TimedOut {
		t.Errorf("got %v, want code %s", err, TimedOut)
	}
}

func TestEveryCodeHasAStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []Code{InvalidURL, UnsupportedScheme, ForbiddenAddress, ForbiddenPort, TooManyRedirects, NameNotFound, ConnectFailed, TimedOut, BadStatus, BadResponse, TooLarge} {
		if s := (&Error{Code: c, Err: errors.New("x")}).Status(); s < 400 {
			t.Errorf("%s has status %d", c, s)
		}
	}
}

func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	silent, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(silent.Release)
	address := fmt.Sprintf("127.0.0.1:%d", silent.Number)
	f := New(config.Fetch{AllowedHosts: []string{address}}.WithDefaults(), 0)
	var own *Error
	if _, _, err := f.Get(t.Context(), "http://"+address+"/"); !errors.As(err, &own) || own.Code != ConnectFailed {
		t.Errorf("got %v, want code %s", err, ConnectFailed)
	}
}

func FuzzCheck(f *testing.F) {
	for _, u := range []string{"http://example.com/", "http://[::ffff:127.0.0.1]:80/", "http://0x7f.1/", "http://a@b:1/"} {
		f.Add(u)
	}
	fetcher := New(config.Fetch{}.WithDefaults(), 0)
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := parse(raw)
		if err != nil {
			return
		}
		if err := fetcher.check(u); err == nil && (u.Hostname() == "" || u.User != nil) {
			t.Errorf("%q was allowed", raw)
		}
		_ = fmt.Sprint(portOf(u))
	})
}
