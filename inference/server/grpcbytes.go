package server

import (
	"context"
	"net"
	"sync"

	"google.golang.org/grpc/stats"
)

// callOverhead is what HTTP/2 and TLS send for a call beside its header and
// message, in bytes; with it a busy connection's count does not creep up.
const callOverhead = 128

// grpcBytes bounds what the calls under way over gRPC have brought together,
// which the calls that come in do not know one by one: gRPC gives a message only
// once it is whole. Each connection counts what it has brought, from the wire;
// past the bound the one that has brought the most is closed.
type grpcBytes struct {
	most func() int64

	mu   sync.Mutex
	held int64
	open map[string]*countedConn // by the caller's address
}

// countedConn is a connection and what its calls under way have brought.
type countedConn struct {
	net.Conn
	bytes *grpcBytes

	// Guarded by the mutex of bytes.
	held  int64
	calls int
	ended bool
}

// countedListener counts what its connections bring.
type countedListener struct {
	net.Listener
	bytes *grpcBytes
}

func (l countedListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &countedConn{Conn: conn, bytes: l.bytes}
	l.bytes.mu.Lock()
	defer l.bytes.mu.Unlock()
	l.bytes.open[conn.RemoteAddr().String()] = c
	return c, nil
}

func (c *countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if over := c.bytes.add(c, int64(n)); over != nil {
		_ = over.Close()
	}
	return n, err
}

// Close also ends the connection's count.
func (c *countedConn) Close() error {
	c.bytes.end(c)
	return c.Conn.Close()
}

// add counts bytes that a connection has brought, and returns the one that is to
// be closed for it, if one is.
func (b *grpcBytes) add(c *countedConn, n int64) (over *countedConn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.ended {
		return nil
	}
	c.held += n
	if b.held += n; b.held <= b.most() {
		return nil
	}
	for _, other := range b.open {
		if over == nil || other.held > over.held {
			over = other
		}
	}
	return over
}

func (b *grpcBytes) end(c *countedConn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.ended {
		return
	}
	b.held -= c.held
	c.held, c.ended = 0, true
	if key := c.RemoteAddr().String(); b.open[key] == c {
		delete(b.open, key)
	}
}

// begin and done are called at the ends of a call; done with what it has brought.
func (b *grpcBytes) begin(c *countedConn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c.calls++
}

func (b *grpcBytes) done(c *countedConn, wire int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c.calls--
	left := max(0, c.held-wire-wire/64-callOverhead)
	if c.calls == 0 {
		left = 0
	}
	b.held -= c.held - left
	c.held = left
}

type (
	connKey struct{}
	callKey struct{}
)

// call is one under way.
type call struct {
	conn *countedConn
	wire int64 // bytes of its header and message
}

// TagConn finds the connection's count; it is told of nothing more.
func (b *grpcBytes) TagConn(ctx context.Context, info *stats.ConnTagInfo) context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	return context.WithValue(ctx, connKey{}, b.open[info.RemoteAddr.String()])
}

// HandleConn has nothing to do.
func (b *grpcBytes) HandleConn(context.Context, stats.ConnStats) {}

// TagRPC starts the count of a call.
func (b *grpcBytes) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	c, _ := ctx.Value(connKey{}).(*countedConn)
	return context.WithValue(ctx, callKey{}, &call{conn: c})
}

// HandleRPC counts a call, one event after the other.
func (b *grpcBytes) HandleRPC(ctx context.Context, event stats.RPCStats) {
	c, _ := ctx.Value(callKey{}).(*call)
	if c == nil || c.conn == nil {
		return
	}
	switch e := event.(type) {
	case *stats.InHeader:
		c.wire += int64(e.WireLength)
	case *stats.Begin:
		b.begin(c.conn)
	case *stats.InPayload:
		c.wire += int64(e.WireLength)
	case *stats.End:
		b.done(c.conn, c.wire)
	}
}
