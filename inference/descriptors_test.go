package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestNoDescriptorsLeft gives a server 64 file descriptors, and opens 200
// connections. The connections that it has must be answered, and all others as
// soon as some are closed.
func TestNoDescriptorsLeft(t *testing.T) {
	t.Parallel()
	server := start(t, exported(t), unhurried, "sh", "-c", `ulimit -n 64 && exec "$0" "$@"`).ready(t)
	address := strings.TrimPrefix(server.url, "http://")
	dial := func() net.Conn {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	early := dial()
	defer func() { _ = early.Close() }()
	answers := bufio.NewReader(early)
	asks := func(when string) {
		t.Helper()
		_ = early.SetDeadline(time.Now().Add(time.Minute))
		_, _ = io.WriteString(early, "POST /v1/embeddings HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{\"input\": \"river\"}")
		response, err := http.ReadResponse(answers, nil)
		if status, answer := answered(response, err); status != http.StatusOK {
			t.Errorf("%s: an early connection: status %d: %s", when, status, answer)
		}
	}
	asks("before")
	var idle []net.Conn
	for range 200 { // The kernel takes those that the server cannot.
		idle = append(idle, dial())
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if status, _ := server.embed(ctx, "river", ""); status != 0 {
		t.Errorf("there were descriptors left: status %d", status)
	}
	asks("without descriptors")
	for _, c := range idle {
		_ = c.Close()
	}
	closed := time.Now()
	server.ready(t).serves(t, "with descriptors again")
	t.Logf("others were answered %v after the connections were closed", time.Since(closed))
	server.stop(t)
}
