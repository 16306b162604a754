package download

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// watched is an origin that answers once, and counts what is read of its answer.
type watched struct {
	status  int
	header  http.Header
	body    io.Reader
	request *http.Request
	read    int
	closed  bool
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	w.request = r
	return &http.Response{StatusCode: w.status, Header: w.header, Body: w, Request: r, ContentLength: -1}, nil
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.body.Read(p)
	w.read += n
	return n, err
}

func (w *watched) Close() error {
	w.closed = true
	return nil
}

// endless are bytes without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestExtend has one answer of an origin for each of a file's beginnings.
func TestExtend(t *testing.T) {
	t.Parallel()
	resumed := func(from int) http.Header {
		return http.Header{"Content-Range": {fmt.Sprintf("bytes %d-9/10", from)}}
	}
	for name, tt := range map[string]struct {
		left    string
		content string // of the whole file
		status  int
		header  http.Header
		body    io.Reader
		want    string // in the file afterwards
		read    int    // bytes of the answer
		fails   string // a part of the error
		asks    bool
	}{
		"all of it":                    {"", content, 200, nil, strings.NewReader(content), content, 10, "", true},
		"the rest":                     {"012", content, 206, resumed(3), strings.NewReader("3456789"), content, 7, "", true},
		"the rest of one byte":         {"0", content, 206, resumed(1), strings.NewReader("123456789"), content, 9, "", true},
		"all, behind one byte":         {"x", content, 200, nil, strings.NewReader(content), content, 10, "", true},
		"another part than asked for":  {"012", content, 206, resumed(4), strings.NewReader(content), content, 10, "", true},
		"nothing of one byte":          {"0", "0", 200, nil, strings.NewReader("0"), "0", 0, "", false},
		"nothing behind one byte":      {"0", content, 416, nil, strings.NewReader(""), "0", 0, "", true},
		"no part of an empty file":     {"", content, 416, nil, strings.NewReader("no"), "", 0, "status 416", true},
		"an answer without end":        {"", content, 200, nil, endless{}, "", 11, "it has more than the 10 bytes", true},
		"a rest without end":           {"012", content, 206, resumed(3), endless{}, "", 8, "it has more than the 10 bytes", true},
		"an answer that is cut":        {"", content, 200, nil, io.MultiReader(strings.NewReader("01"), cutOff{}), "01", 2, "the connection was cut at byte 2: unexpected EOF", true},
		"an answer that ends too soon": {"", content, 200, nil, strings.NewReader("01"), "01", 2, "the answer ended at byte 2 of 10", true},
		"a fault of the origin":        {"01", content, 500, nil, strings.NewReader("oh"), "01", 0, "status 500", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "incomplete")
			if err := os.WriteFile(path, []byte(tt.left), 0o600); err != nil {
				t.Fatal(err)
			}
			w := &watched{status: tt.status, header: tt.header, body: tt.body}
			c := client()
			c.HTTP = &http.Client{Transport: w}
			size, err := c.extend(t.Context(), file("http://host/file", tt.content), path)
			if (err == nil) != (tt.fails == "") || err != nil && !strings.Contains(err.Error(), tt.fails) {
				t.Errorf("got %v, want %q", err, tt.fails)
			}
			if err == nil && size != int64(len(tt.want)) {
				t.Errorf("size %d, want %d", size, len(tt.want))
			}
			if got, err := os.ReadFile(path); err != nil || string(got) != tt.want {
				t.Errorf("the file holds %q, %v, want %q", got, err, tt.want)
			}
			if w.read != tt.read {
				t.Errorf("%d bytes of the answer were read, want %d", w.read, tt.read)
			}
			switch {
			case (w.request != nil) != tt.asks:
				t.Errorf("the origin was asked: %v", !tt.asks)
			case tt.asks && (!w.closed || w.request.Context().Err() == nil):
				t.Errorf("the answer is closed: %v, and its request has ended: %v", w.closed, w.request.Context().Err())
			}
		})
	}
}

// cutOff fails at once.
type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestExtendNeedsAFile has a folder that is not there.
func TestExtendNeedsAFile(t *testing.T) {
	t.Parallel()
	var missing *fs.PathError
	size, err := client().extend(t.Context(), file("http://host/file", content), filepath.Join(t.TempDir(), "none", "file"))
	if !errors.As(err, &missing) || size != 0 {
		t.Errorf("%d bytes, %v", size, err)
	}
}

// TestExtendSaysWhatADiskRefuses has files that cannot grow, or shrink, or be sought in.
func TestExtendSaysWhatADiskRefuses(t *testing.T) {
	t.Parallel()
	sealed := func(seal int) string {
		fd, err := unix.MemfdCreate("incomplete", unix.MFD_ALLOW_SEALING)
		if err != nil {
			t.Fatal(err)
		}
		f := os.NewFile(uintptr(fd), "incomplete")
		t.Cleanup(func() { _ = f.Close() })
		_, err = f.WriteString("xx")
		_, sealErr := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, seal)
		if err := errors.Join(err, sealErr); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("/proc/self/fd/%d", fd)
	}
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })
	for operation, path := range map[string]string{"write": sealed(unix.F_SEAL_GROW), "truncate": sealed(unix.F_SEAL_SHRINK), "seek": fifo} {
		c := client()
		c.HTTP = &http.Client{Transport: &watched{status: http.StatusOK, body: strings.NewReader(content)}}
		size, err := c.extend(t.Context(), file("http://host/file", content), path)
		var refused *fs.PathError
		if !errors.As(err, &refused) || refused.Op != operation || size != 0 || strings.Contains(err.Error(), "connection") {
			t.Errorf("%s: %d bytes, %v", operation, size, err)
		}
	}
}

// TestOfOneByteNoTenthsAreTold reads it.
func TestOfOneByteNoTenthsAreTold(t *testing.T) {
	t.Parallel()
	stall := time.NewTimer(time.Hour)
	defer stall.Stop()
	c := &counter{Reader: strings.NewReader("x"), total: 1, stall: stall, progress: func(line string) { t.Errorf("told %q", line) }}
	if _, err := io.Copy(io.Discard, c); err != nil {
		t.Fatal(err)
	}
}

// TestAnOriginHasHalfAMinuteToAnswer reads what the client waits for.
func TestAnOriginHasHalfAMinuteToAnswer(t *testing.T) {
	t.Parallel()
	if got := HTTP().Transport.(*http.Transport).ResponseHeaderTimeout; got != 30*time.Second {
		t.Errorf("it waits for %s", got)
	}
}
