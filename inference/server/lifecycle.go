package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Limits on connections. Bodies have a minute, as a slow uplink may need, but
// no connection can hold a header, or idle, for longer than these.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second
	idleTimeout       = 90 * time.Second
	maxHeaderBytes    = 32 << 10
	// maxHTTP2Streams bounds the requests under way on one connection.
	maxHTTP2Streams = 64
)

// Listeners are the sockets that a server answers on; only API must be set.
type Listeners struct {
	API     net.Listener
	Metrics net.Listener // probes and metrics, in plain HTTP
	GRPC    net.Listener // the Open Inference Protocol
}

// ErrInterrupted is the cause of a context that ends since somebody at a terminal
// wants the server to end, and no load balancer has to look away before.
var ErrInterrupted = errors.New("interrupted")

// lastMoment is what connections that ask nothing get after an interrupt.
const lastMoment = 200 * time.Millisecond

// Serve answers on the listeners until ctx ends, then drains: it is not ready
// at once, answers on for the drain delay while load balancers look away, tells
// connections of gRPC to go (GOAWAY), finishes what it has accepted and refuses the
// rest, and returns nil. After an [ErrInterrupted] there is no delay.
func (s *Server) Serve(ctx context.Context, l Listeners) error {
	secure, err := s.tlsConfig()
	if err != nil {
		return err
	}
	watching, stopWatching := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWatching()
	go s.watch(watching)
	go s.giveBack(watching)

	// What is accepted is answered within its deadline, or the time that its
	// body takes to come in.
	longest := readTimeout + s.settings.RequestTimeout()
	api := s.httpServer(s.Handler(), longest, secure.Clone()) // which it changes
	var silent silent
	api.ConnState = silent.follow
	failed := make(chan error, 3)
	go func() { failed <- serveHTTP(api, l.API) }()
	metrics := s.httpServer(s.MetricsHandler(), longest, nil)
	if l.Metrics != nil {
		go func() { failed <- serveHTTP(metrics, l.Metrics) }()
	}
	rpc := s.grpcServer(secure)
	if l.GRPC != nil {
		go func() { failed <- rpc.Serve(countedListener{l.GRPC, &s.grpcBytes}) }()
	}
	select {
	case err := <-failed:
		rpc.Stop()
		return errors.Join(err, api.Close(), metrics.Close())
	case <-ctx.Done():
	}

	s.draining.Store(true)
	interrupted := errors.Is(context.Cause(ctx), ErrInterrupted)
	if delay := s.settings.DrainDelay(); s.everReady() && !interrupted { // Otherwise no traffic has ever come here.
		s.log.Info("draining", "delay", delay)
		time.Sleep(delay)
	}
	finish, cancel := context.WithTimeout(context.Background(), longest)
	defer cancel()
	stopRPC := context.AfterFunc(finish, rpc.Stop)
	defer stopRPC()
	api.SetKeepAlivesEnabled(false)
	var moment <-chan time.Time
	if interrupted {
		moment = time.After(lastMoment)
	}
	// Callers over gRPC send what comes next elsewhere, and nothing that they have
	// sent before they know so is refused.
	s.leaving.Store(true)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		rpc.GracefulStop()
	}()
	if interrupted {
		// Whoever has begun to ask is answered, on a port that is closed.
		time.AfterFunc(lastMoment, silent.close)
		err = api.Shutdown(finish)
	}
	select {
	case <-stopped:
	case <-moment: // What is left may not even speak gRPC.
	}
	s.finish(finish)
	err = errors.Join(err, api.Shutdown(finish))
	// The probes answer until the last.
	if err = errors.Join(err, metrics.Close()); err != nil {
		return errors.Join(err, api.Close())
	}
	s.failures.end()
	s.log.Info("drained")
	return nil
}

// finish refuses requests from now on, and waits until those before are
// answered or ctx ends. Callers that still come are told so, on connections
// that then close, where a closed port would leave them to guess.
func (s *Server) finish(ctx context.Context) {
	s.mu.Lock()
	s.refusing = true
	current := s.current
	s.mu.Unlock()
	if current == nil {
		return
	}
	finished := make(chan struct{})
	go func() {
		current.users.Wait()
		close(finished)
	}()
	select {
	case <-finished:
	case <-ctx.Done():
	}
}

// silent are the connections that have not asked anything yet, as browsers open
// them ahead. A shutdown of [http.Server] waits 5 s for them.
type silent struct {
	mu          sync.Mutex
	connections map[net.Conn]struct{}
	closed      bool
}

// follow is an [http.Server]'s ConnState.
func (s *silent) follow(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(s.connections, c)
	case s.closed:
		_ = c.Close()
	default:
		if s.connections == nil {
			s.connections = make(map[net.Conn]struct{})
		}
		s.connections[c] = struct{}{}
	}
}

// close closes them, and those that still come.
func (s *silent) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.connections {
		_ = c.Close()
	}
}

func (s *Server) everReady() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current != nil
}

func (s *Server) httpServer(h http.Handler, writeTimeout time.Duration, secure *tls.Config) *http.Server {
	// Meshes and gateways speak HTTP/2 to pods without TLS, and know beforehand that
	// these do.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           h,
		Protocols:         &protocols,
		TLSConfig:         secure,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxHTTP2Streams, WriteByteTimeout: stallTimeout, SendPingTimeout: readHeaderTimeout, PingTimeout: readHeaderTimeout},
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

func serveHTTP(server *http.Server, l net.Listener) error {
	if server.TLSConfig != nil {
		return server.ServeTLS(l, "", "")
	}
	return server.Serve(l)
}

// tlsConfig returns nil where TLS is not asked for.
func (s *Server) tlsConfig() (*tls.Config, error) {
	t := s.settings.TLS
	if t == nil {
		return nil, nil
	}
	certificate := &file[*tls.Certificate]{path: t.CertFile, log: s.log, keep: true, parse: func([]byte) (*tls.Certificate, error) {
		c, err := tls.LoadX509KeyPair(t.CertFile, t.KeyFile)
		return &c, err
	}}
	if err := certificate.read(); err != nil {
		return nil, fmt.Errorf("server.tls: %w", err)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			inForce, _ := certificate.get()
			return inForce, nil
		},
	}, nil
}
