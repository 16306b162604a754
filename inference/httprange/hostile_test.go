package httprange_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/httprange"
)

// TestALargeRead reads a file of 200 MiB at once, of which no more than the cache may
// be held besides.
func TestALargeRead(t *testing.T) {
	const size = 200 << 20
	most := 0
	r, err := httprange.Open(context.Background(), http.DefaultClient, serve(t, func(w http.ResponseWriter, r *http.Request) {
		var first, last int
		_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &first, &last)
		most = max(most, last-first+1)
		last = min(last, size-1)
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, last, size))
		w.WriteHeader(http.StatusPartialContent)
		_, _ = io.CopyN(w, endless{}, int64(last-first+1))
	}))
	if err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 1<<20)
	for at := int64(0); at < size; at += int64(len(p)) - 10 {
		if _, err := r.ReadAt(p, at); err != nil && at+int64(len(p)) <= size {
			t.Fatal(err)
		}
	}
	p = make([]byte, size)
	if n, err := r.ReadAt(p, 0); n != size || err != nil {
		t.Fatal(n, err)
	}
	runtime.KeepAlive(p)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 64<<20 {
		t.Errorf("%d MiB are held", m.HeapAlloc>>20)
	}
	runtime.KeepAlive(r)
	if most > 16<<20 {
		t.Errorf("a request asked for %d bytes", most)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// FuzzAnswers reads from a server that answers anything.
func FuzzAnswers(f *testing.F) {
	for _, of := range []string{"bytes 0-65535/70000", "bytes 0-9/10", "bytes 0-0/0", "bytes 0--1/0", "bytes 0-65535/*", "bytes 5-9/10", "bytes 0-65535/9223372036854775807", "bytes 0-65535/-1", "bits 0-1/2", ""} {
		f.Add(206, of, `"a"`, []byte("0123456789"))
	}
	f.Add(200, "", "", []byte("all of it"))
	f.Add(500, "", "", []byte(nil))
	f.Fuzz(func(t *testing.T, status int, contentRange, etag string, body []byte) {
		transport := answers(func(r *http.Request) *http.Response {
			return &http.Response{
				StatusCode: status, Header: http.Header{"Content-Range": {contentRange}, "Etag": {etag}},
				Body: io.NopCloser(bytes.NewReader(body)), Request: r,
			}
		})
		ctx, cancel := context.WithCancel(context.Background())
		if status >= 500 || status == http.StatusTooManyRequests {
			cancel() // It would be asked again.
		}
		defer cancel()
		r, err := httprange.Open(ctx, &http.Client{Transport: transport}, "http://a/scene.tif")
		if err != nil {
			return
		}
		if r.Size() < 0 || r.Size() > int64(len(body)) && len(body) < httprange.BlockBytes {
			t.Errorf("%d bytes of %q are there, and the size is %d", len(body), contentRange, r.Size())
		}
		p := make([]byte, 100)
		n, _ := r.ReadAt(p, 0)
		if !strings.HasPrefix(string(body), string(p[:n])) {
			t.Errorf("%q was read of %q", p[:n], body)
		}
	})
}

type answers func(r *http.Request) *http.Response

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) { return a(r), nil }
