package server

import (
	"io"
	"net/http"
	"sync/atomic"
)

// bodies bounds what the bodies of all requests under way bring together. What
// has come counts, so that a caller that promises much and sends nothing takes
// no room from others.
type bodies struct {
	most int64
	held atomic.Int64
}

// countedBody is a request's body, which counts until release.
type countedBody struct {
	io.ReadCloser
	bodies *bodies
	read   int64
}

func (c *countedBody) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.read += int64(n)
	if c.bodies.held.Add(int64(n)) > c.bodies.most {
		return n, problem(http.StatusTooManyRequests, "overloaded", "the bodies of the requests under way have more than %d bytes together: send the request again in a moment", c.bodies.most)
	}
	return n, err
}

// release is called when nothing of the body is needed any more.
func (c *countedBody) release() { c.bodies.held.Add(-c.read) }
