package server

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/seed-74198975/rsclip/inference/budget"
)

// bodies bounds what the bodies of all requests under way bring together. What
// has come counts, so that a caller that promises much and sends nothing takes
// no room from others.
type bodies struct {
	most  int64
	held  atomic.Int64
	share *budget.Share
}

// Memory that a byte of a body takes, in halves of a byte: what it is read into
// grows by copies; JSON's strings are copies, and what they encode is another.
const (
	halvesOfForm = 3
	halvesOfJSON = 6
)

// countedBody is a request's body, which counts until release.
type countedBody struct {
	io.ReadCloser
	bodies *bodies
	read   int64
	halves int64 // of a byte of memory that each byte takes
	lease  *budget.Lease
}

// count makes the body of a request count.
func (b *bodies) count(body io.ReadCloser, contentType string) *countedBody {
	c := &countedBody{ReadCloser: body, bodies: b, halves: halvesOfJSON, lease: b.share.Open()}
	if strings.HasPrefix(contentType, "multipart/") {
		c.halves = halvesOfForm
	}
	return c
}

func (c *countedBody) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if n == 0 {
		return n, err
	}
	c.read += int64(n)
	if c.bodies.held.Add(int64(n)) > c.bodies.most {
		return n, problem(http.StatusTooManyRequests, "overloaded", "the bodies of the requests under way have more than %d bytes together: send the request again in a moment", c.bodies.most)
	}
	switch e := c.lease.Grow((int64(n)*c.halves + 1) / 2); {
	case errors.Is(e, budget.ErrTooLarge):
		return n, problem(http.StatusRequestEntityTooLarge, "body_too_large", "the body: %v", e)
	case e != nil:
		return n, e
	}
	return n, err
}

// release is called when nothing of the body is needed any more.
func (c *countedBody) release() {
	c.bodies.held.Add(-c.read)
	c.lease.Release()
}
