package server

import (
	"bufio"
	"compress/flate"
	"io"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"github.com/seed-74198975/rsclip/inference/hollow"
)

// codings are those that a body may come in, by their names in Content-Encoding.
// Source: RFC 9110, section 8.4.1, and RFC 8878 for zstd.
var codings = map[string]func(io.Reader) (io.ReadCloser, error){
	"gzip":    func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) },
	"x-gzip":  func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) },
	"deflate": inflate,
	"zstd":    unzstd,
}

const codingNames = "gzip, deflate, zstd"

// maxWindow bounds what a decoder of zstd holds, in bytes. It is what RFC 8878 asks
// decoders to have.
const maxWindow = 8 << 20

// decode returns a request's body without its coding, at most so many bytes of it,
// which bound what comes and what it unpacks to.
func decode(w http.ResponseWriter, r *http.Request, most int64) (io.ReadCloser, error) {
	body := http.MaxBytesReader(w, r.Body, most)
	coding := strings.ToLower(strings.TrimSpace(strings.Join(r.Header.Values("Content-Encoding"), ",")))
	if coding == "" || coding == "identity" {
		return body, nil
	}
	open, known := codings[coding]
	if !known {
		w.Header().Set("Accept-Encoding", codingNames)
		return nil, problem(http.StatusUnsupportedMediaType, "unsupported_encoding", "Content-Encoding is %.100q: send one of %s, or the body as it is", coding, codingNames)
	}
	r.ContentLength = -1 // What it unpacks to has another.
	return http.MaxBytesReader(w, &unpacked{open: open, packed: body, guard: hollow.NewGuard(body)}, most), nil
}

// unpacked is a body as it is unpacked. It is opened when it is first read, since
// that reads from the caller.
type unpacked struct {
	open   func(io.Reader) (io.ReadCloser, error)
	packed io.Closer
	guard  *hollow.Guard
	reader io.ReadCloser
}

func (u *unpacked) Read(p []byte) (n int, err error) {
	if u.reader == nil {
		reader, err := u.open(u.guard)
		if err != nil {
			return 0, err
		}
		u.reader = reader
	}
	n, err = u.reader.Read(p)
	u.guard.Gave(n)
	return n, err
}

func (u *unpacked) Close() error {
	if u.reader != nil {
		_ = u.reader.Close()
	}
	return u.packed.Close()
}

// inflate reads what HTTP calls deflate: zlib's format, or, from some senders, the
// bare stream in it.
func inflate(r io.Reader) (io.ReadCloser, error) {
	b := bufio.NewReader(r)
	head, err := b.Peek(2)
	if err != nil {
		return nil, err
	}
	// Source: RFC 1950, section 2.2.
	if head[0]&0x0f == 8 && (uint(head[0])<<8|uint(head[1]))%31 == 0 {
		return zlib.NewReader(b)
	}
	return flate.NewReader(b), nil
}

func unzstd(r io.Reader) (io.ReadCloser, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}
