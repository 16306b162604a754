package httprange_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/seed-74198975/rsclip/inference/httprange"
)

func content(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.New(rand.NewSource(1)).Read(data)
	return data
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}

func file(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"one"`)
		http.ServeContent(w, r, "scene.tif", time.Time{}, bytes.NewReader(data))
	}
}

func TestReadAt(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, httprange.BlockBytes - 1, httprange.BlockBytes, httprange.BlockBytes + 1, 9*httprange.BlockBytes + 17} {
		data := content(size)
		r, err := httprange.Open(context.Background(), http.DefaultClient, serve(t, file(data)))
		if err != nil {
			t.Fatal(err)
		}
		if r.Size() != int64(size) {
			t.Errorf("the size is %d, want %d", r.Size(), size)
		}
		if err := iotest.TestReader(io.NewSectionReader(r, 0, r.Size()), data); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		random := rand.New(rand.NewSource(2))
		for range 50 {
			at := random.Intn(size)
			p := make([]byte, 1+random.Intn(5*httprange.BlockBytes))
			n, err := r.ReadAt(p, int64(at))
			if want := data[at:min(at+len(p), size)]; !bytes.Equal(p[:n], want) {
				t.Fatalf("%d bytes from %d of %d are not the file's", len(p), at, size)
			}
			if (n < len(p)) != errors.Is(err, io.EOF) {
				t.Fatalf("%d of %d bytes, and %v", n, len(p), err)
			}
		}
	}
}

// TestAsksForLittle reads the ends of a large file, and one part twice.
func TestAsksForLittle(t *testing.T) {
	t.Parallel()
	data := content(100 * httprange.BlockBytes)
	r, err := httprange.Open(context.Background(), http.DefaultClient, serve(t, file(data)))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		for _, at := range []int64{10, r.Size() - 100, 50*httprange.BlockBytes - 3} {
			if _, err := r.ReadAt(make([]byte, 6), at); err != nil {
				t.Fatal(err)
			}
		}
	}
	if requests, read := r.Asked(); requests != 3 || read != 4*httprange.BlockBytes {
		t.Errorf("%d requests for %d bytes, want 3 for 4 blocks", requests, read)
	}
}

func TestServers(t *testing.T) {
	t.Parallel()
	data := content(3 * httprange.BlockBytes)
	var busy, changed atomic.Int32
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		want    string // of the error; none if it must succeed
	}{
		"no ranges": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }, "does not answer with ranges: download the file"},
		"not there": {http.NotFound, "404"},
		"another range": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 5-9/20")
			w.WriteHeader(http.StatusPartialContent)
		}, "bytes 5 to 9 of 20"},
		"no Content-Range": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusPartialContent) }, "Content-Range"},
		"busy at first": {func(w http.ResponseWriter, r *http.Request) {
			if busy.Add(1) < 3 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			file(data)(w, r)
		}, ""},
		"another file meanwhile": {func(w http.ResponseWriter, r *http.Request) {
			if changed.Add(1) > 1 {
				w.Header().Set("ETag", `"two"`)
				http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
				return
			}
			file(data)(w, r)
		}, "changed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := httprange.Open(context.Background(), http.DefaultClient, serve(t, tt.handler))
			if err == nil {
				_, err = r.ReadAt(make([]byte, 10), 2*httprange.BlockBytes)
			}
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
