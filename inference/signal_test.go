package main

import (
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSignals ends a server that would drain for minutes: the first SIGTERM
// drains, in which requests are answered on connections that then close, and a
// second one ends the process at once. With a short drain the first ends it with
// status 0.
func TestSignals(t *testing.T) {
	t.Parallel()
	model := exported(t)
	for drain, signals := range map[int]int{1: 1, 300: 2} {
		t.Run(fmt.Sprintf("%d signals", signals), func(t *testing.T) {
			t.Parallel()
			server := start(t, model, fmt.Sprintf("server: {drain_seconds: %d}\n", drain)).ready(t)
			for n := range signals {
				if err := server.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatalf("signal %d: %v", n+1, err)
				}
				if n+1 < signals {
					become(t, server.url+"/ready", http.StatusServiceUnavailable)
					server.answersAndCloses(t)
				}
			}
			status := server.ends(t)
			switch {
			case signals == 1 && status != 0:
				t.Errorf("after a drain: status %d, signal %v, want status 0", status.ExitStatus(), status.Signal())
			case signals == 2 && status.Signal() != syscall.SIGTERM:
				t.Errorf("after a second signal: status %d, want an end by SIGTERM", status.ExitStatus())
			}
		})
	}
}

// answersAndCloses wants an answer, and to be told to connect anew for the next.
func (p *process) answersAndCloses(t *testing.T) {
	t.Helper()
	response, err := http.Post(p.url+"/v1/embeddings", "application/json", strings.NewReader(`{"input": "river"}`))
	if status, answer := answered(response, err); status != http.StatusOK || !response.Close {
		t.Errorf("while draining: status %d: %s, %v", status, answer, err)
	}
}

// TestHangupWhileLoading has a server told to load its model anew that has none
// yet.
func TestHangupWhileLoading(t *testing.T) {
	t.Parallel()
	server := start(t, exported(t), unhurried)
	become(t, server.url+"/health", http.StatusOK)
	if err := server.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	server.ready(t).serves(t, "told to load while it loads")
	server.stop(t)
}

// become waits for a URL to answer with a status.
func become(t *testing.T, url string, status int) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(url)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == status {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not become %d: %v", url, status, err)
		}
	}
}
