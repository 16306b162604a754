package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/export"
)

// TestSignals ends a server that would drain for minutes: the first SIGTERM
// drains, and a second one ends the process at once. With a short drain the
// first ends it with status 0.
func TestSignals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program, model := filepath.Join(dir, "rsclip"), filepath.Join(dir, "model")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := export.Run(t.Context(), export.Options{Checkpoint: "testdata/tiny-base", Out: model, Progress: func(string) {}}); err != nil {
		t.Fatal(err)
	}
	for drain, signals := range map[int]int{1: 1, 300: 2} {
		t.Run(fmt.Sprintf("%d signals", signals), func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			app := filepath.Join(t.TempDir(), "app.yaml")
			if err := os.WriteFile(app, fmt.Appendf(nil, "server: {port: %d, drain_seconds: %d}\n", port, drain), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			server := exec.CommandContext(ctx, program, "serve", "-model", model, "-device", "cpu", "-address", "127.0.0.1", "-app-config", app)
			if err := server.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- server.Wait() }()
			url := fmt.Sprintf("http://127.0.0.1:%d/ready", port)
			become(t, url, http.StatusOK)
			for n := range signals {
				if err := server.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatalf("signal %d: %v", n+1, err)
				}
				if n+1 < signals {
					become(t, url, http.StatusServiceUnavailable)
				}
			}
			err := <-ended
			var exit *exec.ExitError
			killed := errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGTERM
			switch {
			case ctx.Err() != nil:
				t.Error("the server did not end by itself")
			case signals == 1 && err != nil:
				t.Errorf("after a drain: %v, want status 0", err)
			case signals == 2 && !killed:
				t.Errorf("after a second signal: %v, want an end by SIGTERM", err)
			}
		})
	}
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
