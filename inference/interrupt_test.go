package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// slowly is a server that would drain for minutes, and waits for slow bodies.
const slowly = "server: {drain_seconds: 300, request_timeout_seconds: 600}\n"

// TestInterrupt ends servers as Ctrl-C does, which no load balancer is behind.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	model := exported(t)
	t.Run("nothing under way", func(t *testing.T) {
		t.Parallel()
		rpc := freePort(t)
		server := start(t, model, strings.Replace(slowly, "{", fmt.Sprintf("{grpc_port: %d, ", rpc), 1)).ready(t)
		// A browser opens connections ahead, and keeps those that have served.
		ahead := dial(t, server.url)
		dial(t, fmt.Sprintf("http://127.0.0.1:%d", rpc))
		if got := strings.Count(server.logged(t), "listening"); got != 2 {
			t.Errorf("the log says %d times that the server listens, want once for each port", got)
		}
		began := time.Now()
		interrupt(t, server)
		if status := server.ends(t); status != 0 {
			t.Errorf("status %d, signal %v, want status 0", status.ExitStatus(), status.Signal())
		}
		t.Logf("it took %v", time.Since(began))
		if time.Since(began) > time.Minute {
			t.Error("it drained")
		}
		if _, err := ahead.Read(make([]byte, 1)); err == nil || errors.Is(err, syscall.ETIMEDOUT) {
			t.Errorf("the connection that asked nothing: %v", err)
		}
	})
	t.Run("a request under way", func(t *testing.T) {
		t.Parallel()
		server := start(t, model, slowly).ready(t)
		rest := begin(t, server)
		interrupt(t, server)
		closes(t, server)
		if status, answer := rest(); status != http.StatusOK {
			t.Errorf("the request is answered %d: %s", status, answer)
		}
		if status := server.ends(t); status != 0 {
			t.Errorf("status %d, signal %v, want status 0", status.ExitStatus(), status.Signal())
		}
	})
	t.Run("a request under way, and a second interrupt", func(t *testing.T) {
		t.Parallel()
		server := start(t, model, slowly).ready(t)
		begin(t, server)
		interrupt(t, server)
		closes(t, server)
		interrupt(t, server)
		if status := server.ends(t); status.Signal() != syscall.SIGINT {
			t.Errorf("status %d, want an end by SIGINT", status.ExitStatus())
		}
	})
}

func interrupt(t *testing.T, p *process) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
}

func dial(t *testing.T, url string) net.Conn {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

// begin sends a request but for the end of its body, which what it returns sends.
func begin(t *testing.T, p *process) (rest func() (status int, answer string)) {
	t.Helper()
	connection := dial(t, p.url)
	const body = `{"input": "river"}`
	// The server asks for the body when it has read the head.
	if _, err := fmt.Fprintf(connection, "POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body)); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(connection)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("the server answers %q, %v", line, err)
	}
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	return func() (int, string) {
		if _, err := io.WriteString(connection, body); err != nil {
			t.Error(err)
		}
		return answered(http.ReadResponse(in, nil))
	}
}

// closes waits until the server takes no more connections.
func closes(t *testing.T, p *process) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(10 * time.Millisecond) {
		connection, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			return
		}
		_ = connection.Close()
		if time.Now().After(deadline) {
			t.Fatal("the port stays open")
		}
	}
}
