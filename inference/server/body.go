package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"sync"

	"github.com/seed-74198975/rsclip/inference/budget"
)

// buffers are what bodies are read into, since growing one for each would cost
// several times the body's size.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readBody reads a body, or a part of it, into a buffer that the caller gives
// back. It grows by what has come, and not beyond most, the bytes that the
// whole body has, where that is known.
func readBody(body io.Reader, most int64) (*bytes.Buffer, error) {
	buffer := buffers.Get().(*bytes.Buffer)
	for {
		if buffer.Available() == 0 {
			size := 2 * buffer.Cap()
			if most >= 0 && int64(size) > most {
				size = int(most) + 1 // By which its end is seen.
			}
			grown := make([]byte, buffer.Len(), max(size, buffer.Len()+512))
			copy(grown, buffer.Bytes())
			*buffer = *bytes.NewBuffer(grown)
		}
		free := buffer.AvailableBuffer()
		n, err := body.Read(free[:cap(free)])
		_, _ = buffer.Write(free[:n])
		switch {
		case errors.Is(err, io.EOF):
			return buffer, nil
		case err != nil:
			giveBack(buffer)
			return nil, bodyError(err)
		}
	}
}

// maxKept bounds the buffers that are kept, so that one large body does not
// cost memory for good.
const maxKept = 4 << 20

func giveBack(b *bytes.Buffer) {
	if b.Cap() <= maxKept {
		b.Reset()
		buffers.Put(b)
	}
}

// readJSONBody reads a request that must be JSON.
func readJSONBody(r *http.Request, into any) error {
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		return unsupportedMediaType(r, "application/json")
	}
	return readJSON(r.Body, r.ContentLength, into)
}

// readJSON reads JSON of which no key may be unknown, of at most so many bytes
// where that is known.
func readJSON(body io.Reader, most int64, into any) error {
	buffer, err := readBody(body, most)
	if err != nil {
		return err
	}
	defer giveBack(buffer)
	return unmarshal(buffer.Bytes(), into, strict)
}

func unsupportedMediaType(r *http.Request, allowed string) *Problem {
	return problem(http.StatusUnsupportedMediaType, "unsupported_media_type", "Content-Type is %q: send %s", r.Header.Get("Content-Type"), allowed)
}

// bodyError says that a body is too large, alone or with others, ends early or
// breaks the rules.
func bodyError(err error) error {
	var own *Problem
	if errors.As(err, &own) {
		return own
	}
	if errors.Is(err, budget.ErrFull) {
		return err
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return problem(http.StatusRequestEntityTooLarge, "body_too_large", "the body is larger than %d bytes: send fewer or smaller pictures", tooLarge.Limit)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return problem(http.StatusRequestTimeout, "body_timeout", "the body did not come in within %v: send it faster, or in smaller requests", readTimeout)
	}
	return problem(http.StatusBadRequest, "invalid_body", "the body cannot be read: %v", err)
}

// asRefusal puts the place of a mistake in front of what it is.
func asRefusal(err error, format string, args ...any) error {
	where := fmt.Sprintf(format, args...)
	var p *Problem
	if errors.As(err, &p) {
		return problem(p.Status, p.Code, "%s: %s", where, p.Message)
	}
	return problem(http.StatusBadRequest, "invalid_request", "%s: %v", where, err)
}
