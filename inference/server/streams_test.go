package server_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/hostile"
)

// TestStreamsThatLetNothingIn asks for a million scores, 60 MB, in each of 20 streams
// of one connection of HTTP/2, whose windows are closed. What is held is within the
// share of answers, others are answered, and all is given back when the caller leaves.
func TestStreamsThatLetNothingIn(t *testing.T) {
	t.Parallel()
	long(t, "large answers")
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(hostile.PNG(4, 4, 8, 2, false))
	}))
	t.Cleanup(origin.Close)
	i := newServer(t, config.App{Server: config.Server{DrainSeconds: -1}, Fetch: &config.Fetch{AllowedHosts: []string{strings.TrimPrefix(origin.URL, "http://")}}}, config.Model{})
	i.Budget().Resize(128 * mib) // 16 for answers, of which the streams' would take 30
	url, _ := listen(t, i)
	most := i.Budget().Answers.State().Limit
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, http2.ClientPreface)
	framer := http2.NewFramer(conn, conn)
	_ = framer.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	go func() { // Its answers' headers, and pings.
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
	f := &flood{Framer: framer, path: "/predict"}
	f.fields = hpack.NewEncoder(&f.written)
	body := []byte(matrix(400, 400, origin.URL))
	for n := range 20 {
		stream := uint32(2*n + 1)
		f.written.Reset()
		for _, field := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":authority", "x"}, {":path", "/predict"}, {"content-type", "application/json"}} {
			_ = f.fields.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]})
		}
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: f.written.Bytes(), EndHeaders: true})
		for rest := body; len(rest) > 0; rest = rest[min(len(rest), 16<<10):] {
			part := rest[:min(len(rest), 16<<10)]
			_ = f.WriteData(stream, len(part) == len(rest), part)
		}
	}
	held := false
	for end := time.Now().Add(patience); !held; time.Sleep(time.Millisecond) {
		held = i.Budget().Answers.State().Held > 0
		if time.Now().After(end) {
			t.Fatal("nothing is held for the answers")
		}
	}
	for n := range 20 {
		if status, code := embed(t, t.Context(), url, "river "+string(rune('a'+n)), "60"); status != http.StatusOK {
			t.Errorf("status %d, code %q", status, code)
		}
		if got := i.Budget().Answers.State().Held; got > most {
			t.Errorf("%d MiB are held for answers, the share is %d MiB", got>>20, most>>20)
		}
	}
	_ = conn.Close()
	givenBack(t, i)
}
