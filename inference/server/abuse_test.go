package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/peer"

	"github.com/seed-74198975/rsclip/inference/config"
	oip "github.com/seed-74198975/rsclip/inference/openinference"
	"github.com/seed-74198975/rsclip/inference/server"
)

// abused is a server with the limits on connections that production has.
type abused struct{ address, url string }

func startAbused(t *testing.T, settings config.Server) abused {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	settings.DrainSeconds = -1
	i := newServer(t, config.App{Server: settings, Cache: &config.Cache{TextMiB: -1}}, config.Model{})
	ended := make(chan error, 1)
	ctx := t.Context() // Ends before the cleanups.
	go func() { ended <- i.Serve(ctx, server.Listeners{API: listener}) }()
	t.Cleanup(func() {
		if err := <-ended; err != nil {
			t.Errorf("Serve returned %v", err)
		}
	})
	a := abused{address: listener.Addr().String(), url: "http://" + listener.Addr().String()}
	a.answers(t, "before")
	return a
}

// dial opens a connection that ends with the test, before the server does.
func (a abused) dial(t *testing.T) (*net.TCPConn, error) {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", a.address)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.(*net.TCPConn), nil
}

// answers checks that the server is ready and embeds for others, each on a new
// connection, and logs how long that takes.
func (a abused) answers(t *testing.T, when string) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	client := &http.Client{Transport: transport, Timeout: patience}
	var took []time.Duration
	for n := range 30 {
		start := time.Now()
		response, err := client.Post(a.url+"/v1/embeddings", "application/json", strings.NewReader(fmt.Sprintf(`{"input": "%s %d"}`, when, n)))
		if err != nil {
			t.Fatalf("%s: another request: %v", when, err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if took = append(took, time.Since(start)); response.StatusCode != http.StatusOK {
			t.Errorf("%s: another request: status %d", when, response.StatusCode)
		}
	}
	response, err := client.Get(a.url + "/ready")
	if err != nil {
		t.Fatalf("%s: /ready: %v", when, err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("%s: /ready: status %d", when, response.StatusCode)
	}
	slices.Sort(took)
	t.Logf("%s: another request takes %v in the median, %v at most", when, took[len(took)/2], took[len(took)-1])
}

// TestRequestsThatLie sends bytes that are no request, or not the one that its
// header promises, and then nothing more.
func TestRequestsThatLie(t *testing.T) {
	t.Parallel()
	a := startAbused(t, config.Server{MaxBodyBytes: 1 << 20})
	const post = "POST /v1/embeddings HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
	const body = `{"input": "river"}`
	length := func(n int, body string) string { return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", post, n, body) }
	chunks := func(s string) string { return post + "Transfer-Encoding: chunked\r\n\r\n" + s }
	for name, tt := range map[string]struct {
		request string
		want    []int // the statuses of the answers; none where the connection is just closed
	}{
		"the truth":                     {strings.Replace(length(len(body), body), "Host: a", "Host: a\r\nConnection: close", 1), []int{200}},
		"a body that is too short":      {length(100, body), []int{400}},
		"a body that is too long":       {length(len(body), body+"more and more\r\n\r\n"), []int{200, 400}},
		"a request inside the body":     {length(len(body), body+"GET /ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), []int{200, 200}},
		"no body":                       {length(100, ""), []int{400}},
		"a length of 1 TiB":             {length(1<<40, body), []int{400}},
		"a length without a number":     {post + "Content-Length: many\r\n\r\n" + body, []int{400}},
		"a negative length":             {length(-1, body), []int{400}},
		"two lengths":                   {post + "Content-Length: 18\r\nContent-Length: 19\r\n\r\n" + body + " ", []int{400}},
		"chunks that are none":          {chunks("hello\r\n"), []int{400}},
		"a chunk of a negative length":  {chunks("-5\r\n" + body), []int{400}},
		"a chunk larger than numbers":   {chunks("fffffffffffffffff\r\n" + body), []int{400}},
		"a chunk cut off":               {chunks("ff\r\n" + body), []int{400}},
		"chunks without the last":       {chunks("12\r\n" + body + "\r\n"), []int{400}},
		"a comment of 1 MiB in a chunk": {chunks("1;" + strings.Repeat("x", 1<<20)), []int{400}},
		"more than may be, in chunks":   {chunks(strings.Repeat("8000\r\n"+strings.Repeat(" ", 0x8000)+"\r\n", 40) + "0\r\n\r\n"), []int{413}},
		"more than may be, by length":   {length(2<<20, strings.Repeat(" ", 2<<20)), []int{413}},
		"an unknown transfer encoding":  {post + "Transfer-Encoding: gzip\r\n\r\n" + body, []int{501}},
		"a compressed body":             {post + "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b", []int{400}},
		"no host":                       {"GET /ready HTTP/1.1\r\n\r\n", []int{400}},
		"two hosts":                     {"GET /ready HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", []int{400}},
		"a header of 100 KiB":           {"GET /ready HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 100<<10) + "\r\n\r\n", []int{431}},
		"a path of 100 KiB":             {"GET /" + strings.Repeat("x", 100<<10) + " HTTP/1.1\r\nHost: a\r\n\r\n", []int{431}},
		"a header without a colon":      {"GET /ready HTTP/1.1\r\nHost: a\r\nhello\r\n\r\n", []int{400}},
		"a header folded over lines":    {"GET /ready HTTP/1.1\r\n Host: a\r\n\r\n", []int{400}},
		"a path of nothing":             {"GET  HTTP/1.1\r\nHost: a\r\n\r\n", []int{400}},
		"a path out of the root":        {"GET /../../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", []int{404}},
		"a proxy's request":             {"GET http://169.254.169.254/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", []int{200}}, // the page, as for /
		"a tunnel":                      {"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a\r\n\r\n", []int{405}},
		"HTTP of version 9":             {"GET /ready HTTP/9.9\r\nHost: a\r\n\r\n", []int{505}},
		"TLS":                           {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x7f", 100), []int{400}},
		"zeros":                         {strings.Repeat("\x00", 10_000), []int{400}},
		"line ends":                     {strings.Repeat("\r\n", 10_000), []int{400}},
		"nothing":                       {"", nil},
		"deep JSON":                     {length(1_000_000, strings.Repeat("[", 1_000_000)), []int{400}},
		"deep JSON in an item":          {length(900_010, `{"input":`+strings.Repeat(`[`, 900_001)), []int{400}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := a.dial(t)
			if err != nil {
				t.Fatal(err)
			}
			_ = c.SetDeadline(time.Now().Add(patience))
			go func() { // The server may answer, and close, before it has read all.
				_, _ = io.WriteString(c, tt.request)
				// For a request that is whole, that would be its caller leaving.
				if !slices.Contains(tt.want, http.StatusOK) {
					_ = c.CloseWrite()
				}
			}()
			got, err := statuses(c)
			if !slices.Equal(got, tt.want) {
				t.Errorf("statuses %v, want %v (%v)", got, tt.want, err)
			}
		})
	}
	t.Run("others", func(t *testing.T) {
		t.Parallel()
		a.answers(t, "meanwhile")
	})
}

// statuses reads answers until the server closes the connection, or none comes.
func statuses(c net.Conn) (out []int, err error) {
	in := bufio.NewReader(c)
	for {
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return out, err
		}
		out = append(out, response.StatusCode)
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return out, err
		}
		_ = response.Body.Close()
	}
}

// TestSlowRequests has a hundred callers send a byte a second, half of them of
// their headers and half of their bodies.
func TestSlowRequests(t *testing.T) {
	t.Parallel()
	long(t, "what waits for ten seconds")
	a := startAbused(t, config.Server{})
	const header = "POST /v1/embeddings HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"
	var connections []*net.TCPConn
	for n := range 100 {
		c, err := a.dial(t)
		if err != nil {
			t.Fatal(err)
		}
		sent := header
		if n%2 == 0 {
			sent += "\r\n"
		}
		if _, err := io.WriteString(c, sent); err != nil {
			t.Fatal(err)
		}
		connections = append(connections, c)
	}
	opened := time.Now()
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for tick := time.NewTicker(time.Second); ; {
			for n, c := range connections {
				_, _ = c.Write([]byte("X "[n%2 : n%2+1])) // It fails once the server has closed it.
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				tick.Stop()
				return
			}
		}
	}()
	a.answers(t, "among slow ones")
	// A header has ten seconds, whatever comes in meanwhile.
	c := connections[1]
	_ = c.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.Copy(io.Discard, c); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a header that never ends: %v, want the connection closed", err)
	}
	t.Logf("a header that never ends was cut off after %v", time.Since(opened))
	a.answers(t, "after slow headers")
	leave()
	<-done
}

// TestIdleConnections opens as many connections as the process may, up to
// 5,000, of which some have sent a request before.
func TestIdleConnections(t *testing.T) {
	long(t, "what lasts for seconds")
	a := startAbused(t, config.Server{})
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	// Both ends are in this process, which has files of its own.
	count := 5000
	if most := (int(min(limit.Cur, 1<<20)) - 500) / 2; most < count { //nolint:gosec // Bounded.
		t.Logf("%d files may be open: %d connections instead of %d", limit.Cur, most, count)
		count = most
	}
	for n := range count {
		c, err := a.dial(t)
		if err != nil {
			t.Fatalf("connection %d: %v", n, err)
		}
		if n%10 != 0 {
			continue
		}
		if _, err := io.WriteString(c, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		answer := make([]byte, 12)
		if _, err := io.ReadFull(c, answer); err != nil || !bytes.HasSuffix(answer, []byte("200")) {
			t.Fatalf("connection %d: %q, %v", n, answer, err)
		}
	}
	a.answers(t, fmt.Sprintf("among %d idle ones", count))
}

// TestSlowCallsOverGRPC has callers that send garbage, or a part of a message
// and nothing more, which must not be held for good. The time that they have is
// over a minute, so that RSCLIP_SLOW must be set.
func TestSlowCallsOverGRPC(t *testing.T) {
	t.Parallel()
	if os.Getenv("RSCLIP_SLOW") == "" {
		t.Skip("RSCLIP_SLOW is not set")
	}
	i := newServer(t, config.App{Server: config.Server{DrainSeconds: -1, RequestTimeoutSeconds: 1}}, config.Model{})
	client := dial(t, i, insecure.NewCredentials())
	address := grpcAddress(t, client)
	for _, garbage := range []string{"", "GET / HTTP/1.1\r\n\r\n", strings.Repeat("\x00", 10_000), http2.ClientPreface + strings.Repeat("\xff", 10_000)} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		_, _ = io.WriteString(c, garbage)
	}
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	frames := http2.NewFramer(c, c)
	var header bytes.Buffer
	fields := hpack.NewEncoder(&header)
	for _, f := range []hpack.HeaderField{
		{Name: ":method", Value: "POST"},
		{Name: ":scheme", Value: "http"},
		{Name: ":path", Value: oip.GRPCInferenceService_ModelInfer_FullMethodName},
		{Name: ":authority", Value: "a"},
		{Name: "content-type", Value: "application/grpc"},
		{Name: "te", Value: "trailers"},
	} {
		_ = fields.WriteField(f)
	}
	start := time.Now()
	_, _ = io.WriteString(c, http2.ClientPreface)
	_ = frames.WriteSettings()
	_ = frames.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: header.Bytes(), EndHeaders: true})
	_ = frames.WriteData(1, false, []byte{0, 0, 1, 0, 0, 'a', 'b'}) // of 64 KiB
	_ = c.SetReadDeadline(start.Add(10 * time.Minute))
	for {
		frame, err := frames.ReadFrame()
		if err != nil {
			t.Fatalf("after %v: %v", time.Since(start), err)
		}
		if frame.Header().StreamID == 1 && frame.Header().Flags.Has(http2.FlagDataEndStream) {
			break
		}
	}
	t.Logf("a message that never ends was given up after %v", time.Since(start))
	if a, err := client.ServerReady(t.Context(), &oip.ServerReadyRequest{}); err != nil || !a.GetReady() {
		t.Errorf("ServerReady: %v, %v", a, err)
	}
}

// grpcAddress returns the address that a client is connected to.
func grpcAddress(t *testing.T, client oip.GRPCInferenceServiceClient) string {
	t.Helper()
	var server peer.Peer
	if _, err := client.ServerReady(t.Context(), &oip.ServerReadyRequest{}, grpc.Peer(&server)); err != nil {
		t.Fatal(err)
	}
	return server.Addr.String()
}

// TestBodiesTogether holds most of what bodies may have together, by callers that
// never send the last bytes.
func TestBodiesTogether(t *testing.T) {
	t.Parallel()
	a := startAbused(t, config.Server{MaxBodyBytes: 1 << 20, MaxBodiesBytes: 2 << 20})
	const held = 900 << 10
	var slow []net.Conn
	for range 2 {
		c, err := a.dial(t)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(c, "POST /v1/embeddings HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", held+1, strings.Repeat(" ", held)); err != nil {
			t.Fatal(err)
		}
		slow = append(slow, c)
	}
	large := fmt.Sprintf(`{"input": "river", "user": %q}`, strings.Repeat("u", 600<<10))
	post := func() (status int, code string) {
		response, err := http.Post(a.url+"/v1/embeddings", "application/json", strings.NewReader(large))
		if err != nil { // The server may answer, and close, before it has read all.
			return 0, ""
		}
		defer func() { _ = response.Body.Close() }()
		var answer struct {
			Error struct{ Code string }
		}
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, answer.Error.Code
	}
	// The server may not have read the slow bodies yet, nor have given them up.
	wait := func(want int) {
		status, code := post()
		for end := time.Now().Add(patience); status != want && time.Now().Before(end); status, code = post() {
			time.Sleep(time.Millisecond)
		}
		if status != want || status != http.StatusOK && code != "overloaded" {
			t.Errorf("a large body: status %d %s, want %d", status, code, want)
		}
	}
	wait(http.StatusTooManyRequests)
	a.answers(t, "small ones meanwhile")
	for _, c := range slow {
		_ = c.Close()
	}
	wait(http.StatusOK)
}
