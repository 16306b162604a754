package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	cryptorand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/seed-74198975/rsclip/internal/hostile"
)

// TestUnderAttack puts everything that strangers can do at once to a server in a
// container of 1, 2 and 4 GiB: the dearest pictures of each format, answers that
// nobody reads, large files to fetch, and large bodies. The kernel must not end
// it, and texts and pictures of others must all be answered. RSCLIP_ATTACK is how
// long each takes, such as 20s or 5m.
func TestUnderAttack(t *testing.T) {
	if os.Getenv("RSCLIP_ATTACK") == "" {
		t.Skip("RSCLIP_ATTACK is not set: make e2e-attack")
	}
	length, err := time.ParseDuration(os.Getenv("RSCLIP_ATTACK"))
	if err != nil {
		t.Fatalf("RSCLIP_ATTACK: %v", err)
	}
	model := exported(t)
	for _, gib := range []int{1, 2, 4} {
		t.Run(fmt.Sprintf("%d GiB", gib), func(t *testing.T) {
			a := newAttack(t, model, gib<<30)
			for name, attack := range map[string]func(ctx context.Context){
				"pictures": a.pictures, "many pictures": a.manyPictures, "slow readers": a.slowReaders,
				"streams": a.streams, "fetches": a.fetches, "bodies": a.bodies,
			} {
				a.each(t.Context(), name, length, attack)
			}
			good := a.goodRequests(t.Context(), length)
			a.group.Wait()
			for kind, times := range good {
				slices.Sort(times)
				t.Logf("%s of others: %d answered, median %v, slowest %v", kind, len(times), times[len(times)/2].Round(time.Millisecond), times[len(times)-1].Round(time.Millisecond))
			}
			a.survived(t)
		})
	}
}

// attack is a server, and what is done to it.
type attack struct {
	t        *testing.T
	server   *process
	url      string // of the API, over TLS
	probes   string
	cgroup   string
	origin   string // of files, host and port
	client   *http.Client
	hostile  []hostile.Picture
	group    sync.WaitGroup
	mu       sync.Mutex
	statuses map[string]map[int]int // by attack
}

func newAttack(t *testing.T, model string, memory int) *attack {
	t.Helper()
	through := limited(t, memory)
	origin := httptest.NewServer(http.HandlerFunc(serveFile))
	t.Cleanup(origin.Close)
	host := strings.TrimPrefix(origin.URL, "http://")
	cert, key := selfSigned(t)
	probes := freePort(t)
	server := start(t, model, fmt.Sprintf("server: {drain_seconds: -1, metrics_port: %d, tls: {cert_file: %s, key_file: %s}}\nfetch: {allowed_hosts: [%q]}\nlogging: {level: ERROR}\n", probes, cert, key, host), through...)
	a := &attack{
		t: t, server: server, url: strings.Replace(server.url, "http:", "https:", 1), probes: fmt.Sprintf("http://127.0.0.1:%d", probes),
		cgroup: filepath.Dir(through[3]), origin: host, statuses: map[string]map[int]int{},
		client: &http.Client{Timeout: 100 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxIdleConnsPerHost: 64}}, //nolint:gosec // Its own certificate.
	}
	t.Cleanup(a.client.CloseIdleConnections)
	become(t, a.probes+"/ready", http.StatusOK)
	a.hostile = append(hostile.Pictures(8191, 8191), hostile.Pictures(2500, 2500)...)
	a.hostile = append(a.hostile, hostile.Pictures(60_000, 1000)...)
	return a
}

// selfSigned writes a certificate for the loopback address, and its key.
func selfSigned(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), cryptorand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	public, err := x509.CreateCertificate(cryptorand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: public}, "key": {Type: "EC PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "cert"), filepath.Join(dir, "key")
}

// serveFile is an origin: a small picture, or 19 MiB, of which a chunked answer
// does not tell the length.
func serveFile(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "max-age=600")
	switch {
	case strings.HasPrefix(r.URL.Path, "/small"):
		_, _ = w.Write(hostile.PNG(2, 2, 8, 2, false))
		return
	case strings.HasPrefix(r.URL.Path, "/told"):
		w.Header().Set("Content-Length", fmt.Sprint(19<<20))
	}
	for range 19 {
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			return
		}
	}
}

// each repeats an attack until its time is over.
func (a *attack) each(ctx context.Context, name string, length time.Duration, do func(ctx context.Context)) {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, attackName{}, name), length)
	a.group.Go(func() {
		defer cancel()
		for ctx.Err() == nil {
			do(ctx)
		}
	})
}

type attackName struct{}

// post sends a body, and counts the status of the answer for the attack.
func (a *attack) post(ctx context.Context, path, contentType string, body []byte) (status int, answer string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, err.Error()
	}
	request.Header.Set("Content-Type", contentType)
	status, answer = answered(a.client.Do(request))
	name, _ := ctx.Value(attackName{}).(string)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.statuses[name] == nil {
		a.statuses[name] = map[int]int{}
	}
	a.statuses[name][status]++
	return status, answer
}

// together does something several times at once.
func together(n int, do func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { do(i) })
	}
	group.Wait()
}

// pictures sends hostile pictures, six at a time, in any order.
func (a *attack) pictures(ctx context.Context) {
	order := rand.Perm(len(a.hostile)) //nolint:gosec // No secret.
	together(6, func(i int) {
		for n := i; n < len(order) && ctx.Err() == nil; n += 6 {
			form := formOf(a.hostile[order[n]].Data)
			a.post(ctx, "/predict", form.contentType, form.body)
		}
	})
}

// manyPictures sends one request of 64 hostile pictures, as base64.
func (a *attack) manyPictures(ctx context.Context) {
	var items []string
	for n := range 64 {
		if p := a.hostile[n%len(a.hostile)]; len(p.Data) < 200<<10 {
			items = append(items, fmt.Sprintf(`{"image": %q}`, base64.StdEncoding.EncodeToString(p.Data)))
		}
	}
	a.post(ctx, "/v1/embeddings", "application/json", []byte(`{"input": [`+strings.Join(items, ",")+`]}`))
}

// matrix asks for a million scores, of 60 MB.
func (a *attack) matrix() []byte {
	urls := make([]string, 1000)
	for i := range urls {
		urls[i] = fmt.Sprintf("%q", fmt.Sprintf("http://%s/small/%d", a.origin, i%20))
	}
	texts := strings.Repeat(`"a",`, 999) + `"a"`
	return []byte(`{"texts": [` + texts + `], "image_urls": [` + strings.Join(urls, ",") + `]}`)
}

// slowReaders are 40 callers that ask for the matrix and read nothing.
func (a *attack) slowReaders(ctx context.Context) {
	body := a.matrix()
	var open []net.Conn
	for range 40 {
		conn, err := a.connect(ctx, "http/1.1")
		if err != nil {
			break
		}
		open = append(open, conn)
		_, _ = fmt.Fprintf(conn, "POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	wait(ctx, 30*time.Second)
	for _, conn := range open {
		_ = conn.Close()
	}
}

func wait(ctx context.Context, length time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(length):
	}
}

// connect opens a connection that takes in little.
func (a *attack) connect(ctx context.Context, protocol string) (net.Conn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", strings.TrimPrefix(a.url, "https://"))
	if err != nil {
		return nil, err
	}
	_ = conn.(*net.TCPConn).SetReadBuffer(4096)
	secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{protocol}}) //nolint:gosec // Its own certificate.
	return secure, secure.HandshakeContext(ctx)
}

// streams asks for the matrix in 30 streams of one connection of HTTP/2 that lets
// nothing in.
func (a *attack) streams(ctx context.Context) {
	conn, err := a.connect(ctx, "h2")
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, http2.ClientPreface)
	framer := http2.NewFramer(conn, conn)
	_ = framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	body := a.matrix()
	for n := range 30 {
		var block bytes.Buffer
		fields := hpack.NewEncoder(&block)
		for _, f := range [][2]string{{":method", "POST"}, {":scheme", "https"}, {":authority", "x"}, {":path", "/predict"}, {"content-type", "application/json"}} {
			_ = fields.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
		}
		stream := uint32(2*n + 1)
		_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndHeaders: true})
		for rest := body; len(rest) > 0; rest = rest[min(len(rest), 16<<10):] {
			part := rest[:min(len(rest), 16<<10)]
			_ = framer.WriteData(stream, len(part) == len(rest), part)
		}
	}
	// Pings are answered, so that the connection looks alive.
	go func() {
		for {
			frame, err := framer.ReadFrame()
			if err != nil {
				return
			}
			if ping, ok := frame.(*http2.PingFrame); ok && !ping.IsAck() {
				_ = framer.WritePing(true, ping.Data)
			}
		}
	}()
	wait(ctx, 30*time.Second)
}

// fetches asks for 66 files of 19 MiB.
func (a *attack) fetches(ctx context.Context) {
	together(11, func(i int) {
		var urls []string
		for n := range 6 {
			urls = append(urls, fmt.Sprintf("%q", fmt.Sprintf("http://%s/%s/%d/%d", a.origin, []string{"told", "untold"}[n%2], i, time.Now().UnixNano())))
		}
		a.post(ctx, "/predict", "application/json", []byte(`{"text": "a", "image_urls": [`+strings.Join(urls, ",")+`]}`))
	})
}

// bodies sends bodies of 30 MB, forms and JSON.
func (a *attack) bodies(ctx context.Context) {
	form := formOf(make([]byte, 30<<20))
	list := []byte(`{"input": {"image": "` + strings.Repeat("A", 30<<20) + `"}}`)
	together(8, func(i int) {
		if i%2 == 0 {
			a.post(ctx, "/predict", form.contentType, form.body)
		} else {
			a.post(ctx, "/v1/embeddings", "application/json", list)
		}
	})
}

// goodRequests sends texts and small pictures of others, and wants all answered.
func (a *attack) goodRequests(ctx context.Context, length time.Duration) map[string][]time.Duration {
	good := map[string][]time.Duration{}
	end := time.Now().Add(length)
	picture, err := os.ReadFile("testdata/pictures/river-mouth-444.jpg")
	if err != nil {
		a.t.Fatal(err)
	}
	form := formOf(picture)
	for n := 0; time.Now().Before(end); n++ {
		kind, path, contentType, body := "texts", "/v1/embeddings", "application/json", fmt.Appendf(nil, `{"input": "river %d"}`, n)
		if n%4 == 0 {
			kind, path, contentType, body = "pictures", "/predict", form.contentType, form.body
		}
		begin := time.Now()
		if status, answer := a.post(context.WithValue(ctx, attackName{}, "others"), path, contentType, body); status != http.StatusOK {
			a.t.Errorf("%s of others: status %d: %.300s", kind, status, answer)
		}
		good[kind] = append(good[kind], time.Since(begin))
		time.Sleep(50 * time.Millisecond)
	}
	return good
}

// survived wants the server alive, and all memory given back.
func (a *attack) survived(t *testing.T) {
	t.Helper()
	for _, name := range []string{"memory.max_usage_in_bytes", "memory.peak", "memory.oom_control", "memory.events"} {
		if data, err := os.ReadFile(filepath.Join(a.cgroup, name)); err == nil {
			t.Logf("%s: %s", name, strings.ReplaceAll(strings.TrimSpace(string(data)), "\n", ", "))
		}
	}
	for name, statuses := range a.statuses {
		t.Logf("%s, by status: %v", name, statuses)
	}
	select {
	case <-a.server.ended:
		t.Fatalf("the server has ended: %v", a.server.ProcessState)
	default:
	}
	for range 1200 { // What is under way ends with its deadline.
		held := 0.0
		for _, line := range strings.Split(gaugesText(t, a.probes), "\n") {
			var value float64
			if share, found := strings.CutPrefix(line, "rsclip_budget_bytes{"); found {
				_, _ = fmt.Sscan(share[strings.Index(share, "}")+1:], &value)
				held += value
			}
		}
		if held == 0 {
			a.server.stop(t)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("memory is still held:\n%s", gaugesText(t, a.probes))
}

func gaugesText(t *testing.T, url string) string {
	t.Helper()
	status, text := answered(http.Get(url + "/metrics"))
	if status != http.StatusOK {
		t.Fatalf("metrics: status %d: %s", status, text)
	}
	return text
}
