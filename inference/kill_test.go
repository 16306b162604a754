package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// TestKilledInMidBatch kills a server with requests in a run and behind it.
// Their callers must know at once, and a new server must need no repair.
func TestKilledInMidBatch(t *testing.T) {
	t.Parallel()
	model := snared(t)
	const settings = "server: {drain_seconds: -1, watchdog_seconds: 1, request_timeout_seconds: 600}\n"
	server := start(t, model, settings).ready(t)
	before := server.serves(t, "before")

	var group sync.WaitGroup
	statuses := make(chan int, 8)
	for range cap(statuses) {
		group.Go(func() {
			status, _ := server.embed(t.Context(), hangs, "")
			statuses <- status
		})
	}
	become(t, server.url+"/health", http.StatusServiceUnavailable) // The watchdog sees the run.
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	group.Wait()
	t.Logf("the callers knew %v after the kill", time.Since(killed))
	close(statuses)
	for status := range statuses {
		if status != 0 {
			t.Errorf("a request of the killed server was answered %d", status)
		}
	}
	if status := server.ends(t); status.Signal() != syscall.SIGKILL {
		t.Errorf("status %d, want an end by SIGKILL", status.ExitStatus())
	}
	if err := modelfolder.Verify(t.Context(), model); err != nil {
		t.Error(err)
	}
	next := start(t, model, settings).ready(t)
	if after := next.serves(t, "started anew"); after != before {
		t.Errorf("the new server answers otherwise:\n%s\n%s", before, after)
	}
	next.stop(t)
}

// TestAFaultyDevice has runs hang, fail, and want more memory than there is, as
// those of a device may. Each costs its own requests only.
func TestAFaultyDevice(t *testing.T) {
	t.Parallel()
	server := start(t, snared(t), unhurried).ready(t)
	for _, tt := range []struct {
		fault, text, deadline string
		status                int
	}{
		{"a run that hangs", hangs, "0.3", http.StatusGatewayTimeout},
		{"a run that fails", fails, "600", http.StatusInternalServerError},
		{"a run without memory", devours, "600", http.StatusInternalServerError},
	} {
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			if status, answer := server.embed(ctx, tt.text, tt.deadline); status != tt.status {
				t.Errorf("%s: status %d, want %d: %s", tt.fault, status, tt.status, answer)
			}
			cancel()
			server.serves(t, "behind "+tt.fault)
		}
	}
	server.stop(t)
}

// Texts that a model of snares hangs on, fails on, and needs 4 PiB for.
const (
	hangs   = "bridge"
	fails   = "harbour"
	devours = "forest"
)

// snared is a model folder with testdata/snare's text tower.
func snared(t *testing.T) string {
	t.Helper()
	towers, model := exported(t), filepath.Join(t.TempDir(), "model")
	for _, name := range []string{"text_model.onnx", "text_model.onnx.data"} {
		data, err := os.ReadFile(filepath.Join("testdata/snare", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(towers, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if status := run(t.Context(), []string{"adopt", "-towers", towers, "-checkpoint", "testdata/tiny-base", "-out", model}, os.Stdout, os.Stderr); status != 0 {
		t.Fatal("the towers cannot be adopted")
	}
	return model
}
