package server_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/seed-74198975/rsclip/inference/config"
	oip "github.com/seed-74198975/rsclip/inference/openinference"
)

// flood is a connection of HTTP/2 that sends frames, each of which asks for work or
// memory, and reads no answer.
type flood struct {
	*http2.Framer
	path    string
	fields  *hpack.Encoder
	written bytes.Buffer
}

func (f *flood) header(more ...string) []byte {
	f.written.Reset()
	for _, field := range [][2]string{{":method", "POST"}, {":scheme", "https"}, {":authority", "a"}, {":path", f.path}, {"content-type", "application/grpc"}, {"te", "trailers"}} {
		_ = f.fields.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]})
	}
	for n := range more {
		_ = f.fields.WriteField(hpack.HeaderField{Name: fmt.Sprintf("x-%d", n), Value: more[n]})
	}
	return f.written.Bytes()
}

// floods send the n-th frames.
var floods = map[string]func(f *flood, n int) error{
	"pings":    func(f *flood, n int) error { return f.WritePing(false, [8]byte{byte(n)}) },
	"settings": func(f *flood, _ int) error { return f.WriteSettings() },
	"tables of headers that grow and shrink": func(f *flood, n int) error {
		return f.WriteSettings(http2.Setting{ID: http2.SettingHeaderTableSize, Val: uint32(n % 2 * 1 << 20)})
	},
	"streams that are reset at once": func(f *flood, n int) error {
		stream := uint32(2*n + 1)
		if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: f.header(), EndHeaders: true}); err != nil {
			return err
		}
		return f.WriteRSTStream(stream, http2.ErrCodeCancel)
	},
	"streams that break the protocol": func(f *flood, n int) error {
		stream := uint32(2*n + 1)
		if err := f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: f.header(), EndHeaders: true}); err != nil {
			return err
		}
		return f.WriteRawFrame(http2.FrameWindowUpdate, 0, stream, make([]byte, 4)) // By 0.
	},
	"streams that never end": func(f *flood, n int) error {
		return f.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*n + 1), BlockFragment: f.header(), EndHeaders: true})
	},
	"a header that goes on": func(f *flood, n int) error {
		if n == 0 {
			return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: f.header()})
		}
		f.written.Reset()
		_ = f.fields.WriteField(hpack.HeaderField{Name: fmt.Sprintf("y-%d", n), Value: strings.Repeat("y", 1000)})
		return f.WriteContinuation(1, false, f.written.Bytes())
	},
	"a header that goes on by nothing": func(f *flood, n int) error {
		if n == 0 {
			return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: f.header()})
		}
		return f.WriteContinuation(1, false, nil)
	},
	"one field again and again": func(f *flood, n int) error {
		block := f.header(strings.Repeat("x", 3000))
		indexed := block[len(block):]
		for range 8000 { // Each is a byte that stands for 3 KB.
			indexed = append(indexed, 0x80|62)
		}
		return f.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*n + 1), BlockFragment: append(bytes.Clone(block), indexed...), EndHeaders: true, EndStream: true})
	},
	"data of nothing": func(f *flood, n int) error {
		if n == 0 {
			return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: f.header(), EndHeaders: true})
		}
		return f.WriteData(1, false, nil)
	},
	"data that is padding": func(f *flood, n int) error {
		if n == 0 {
			return f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: f.header(), EndHeaders: true})
		}
		return f.WriteDataPadded(1, false, nil, make([]byte, 255))
	},
	"priorities": func(f *flood, n int) error {
		return f.WritePriority(uint32(2*n+1), http2.PriorityParam{StreamDep: uint32(2*n + 3), Weight: 1})
	},
	"frames of no kind": func(f *flood, _ int) error { return f.WriteRawFrame(0xbe, 0, 0, make([]byte, 100)) },
	"windows":           func(f *flood, _ int) error { return f.WriteWindowUpdate(0, 1) },
}

// floodFrames bounds a flood, in frames: less if each takes a millisecond.
func floodFrames(name string) int {
	if name == "one field again and again" {
		return 200
	}
	return 3000
}

// TestFloods sends each flood to the API's port and that of gRPC. Meanwhile and
// afterwards others are answered, and no memory is held for good.
func TestFloods(t *testing.T) {
	long(t, "floods of frames")
	dir := t.TempDir()
	certificate(t, dir, "floods")
	i := newServer(t, config.App{Server: config.Server{
		DrainSeconds: -1, TLS: &config.TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")},
	}}, config.Model{})
	url, rpc := listen(t, i)
	url = strings.Replace(url, "http:", "https:", 1)
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	others := func(when string) {
		t.Helper()
		response, err := client.Post(url+"/v1/embeddings", "application/json", strings.NewReader(fmt.Sprintf(`{"input": %q}`, when)))
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", when, response.StatusCode)
		}
	}
	others("before")
	before := live()
	for name, send := range floods {
		for port, to := range map[string]struct{ address, path string }{
			"the API": {strings.TrimPrefix(url, "https://"), "/v1/embeddings"},
			"gRPC":    {rpc, oip.GRPCInferenceService_ModelInfer_FullMethodName},
		} {
			c, err := tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", to.address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
			if err != nil {
				t.Fatalf("%s to %s: %v", name, port, err)
			}
			_ = c.SetDeadline(time.Now().Add(20 * time.Second)) // Nothing is read: what does not end waits.
			_, _ = io.WriteString(c, http2.ClientPreface)
			f := &flood{Framer: http2.NewFramer(c, c), path: to.path}
			f.AllowIllegalWrites = true
			f.fields = hpack.NewEncoder(&f.written)
			err = f.WriteSettings()
			start, sent := time.Now(), 0
			for ; sent < floodFrames(name) && err == nil; sent++ {
				err = send(f, sent)
				if sent == floodFrames(name)/2 {
					others("during " + name)
				}
			}
			others("after " + name)
			held := live() - before
			t.Logf("%s to %s: %d frames in %v, then %v; %d KiB held", name, port, sent, time.Since(start).Round(time.Millisecond), err, held>>10)
			if held > 24<<20 {
				t.Errorf("%s to %s: %d MiB are held", name, port, held>>20)
			}
			_ = c.Close()
		}
	}
}

// live returns the bytes of memory that are in use.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
