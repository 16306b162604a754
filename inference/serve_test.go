package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/internal/port"
)

// TestTheModelFolderIsSwitched switches a symbolic link under load, to another
// model and to a broken one, and ends the server.
func TestTheModelFolderIsSwitched(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what waits for the server's next look at the folder")
	}
	dir := t.TempDir()
	for _, name := range []string{"first", "second", "broken"} {
		err := export.Run(t.Context(), export.Options{
			Checkpoint: "testdata/tiny-base", Out: filepath.Join(dir, name), Name: name, Progress: func(string) {},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(filepath.Join(dir, "broken", "text_model.onnx"), 1000); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "current")
	lead(t, link, "first")

	free := freePort(t)
	app := filepath.Join(dir, "app.yaml")
	if err := os.WriteFile(app, fmt.Appendf(nil, "server: {port: %d, drain_seconds: -1, request_timeout_seconds: 600}\ncache: {text_mib: -1}\n", free), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	status := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		status <- run(ctx, []string{"serve", "-model", link, "-device", "cpu", "-address", "127.0.0.1", "-app-config", app}, io.Discard, &stderr)
	}()
	url := fmt.Sprintf("http://127.0.0.1:%d", free)
	get := func(path string) (int, string) {
		response, err := http.Get(url + path)
		if err != nil {
			return 0, ""
		}
		defer func() { _ = response.Body.Close() }()
		data, _ := io.ReadAll(response.Body)
		return response.StatusCode, string(data)
	}
	waitFor := func(what string, is func() bool) {
		t.Helper()
		for deadline := time.Now().Add(2 * time.Minute); !is(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: not within 2 minutes", what)
			}
		}
	}
	name := func() string {
		_, body := get("/v1/model")
		var d struct{ Name string }
		_ = json.Unmarshal([]byte(body), &d)
		return d.Name
	}
	waitFor("the first model", func() bool { return name() == "first" })

	loading, done := context.WithCancel(t.Context())
	var asked, failed atomic.Int64
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for loading.Err() == nil {
				response, err := http.Post(url+"/v1/embeddings", "application/json", strings.NewReader(`{"input": "river"}`))
				if asked.Add(1); err != nil || response.StatusCode != http.StatusOK {
					failed.Add(1)
				}
				if err == nil {
					_ = response.Body.Close()
				}
			}
		})
	}
	lead(t, link, "second")
	waitFor("the second model", func() bool { return name() == "second" })
	lead(t, link, "broken")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil { // The server listens for it by now.
		t.Fatal(err)
	}
	// The server may have seen the switch by itself, too, and refused it twice.
	refused := regexp.MustCompile(`rsclip_model_reloads_total{result="failed"} [12]\n`)
	waitFor("the refusal of the broken one", func() bool {
		_, metrics := get("/metrics")
		return refused.MatchString(metrics) && strings.Contains(metrics, `rsclip_model_reloads_total{result="ok"} 1`)
	})
	if got := name(); got != "second" {
		t.Errorf("model %q serves on, want the second", got)
	}
	done()
	group.Wait()
	if failed.Load() != 0 || asked.Load() == 0 {
		t.Errorf("%d of %d requests failed", failed.Load(), asked.Load())
	}
	stop()
	if got := <-status; got != 0 || !strings.Contains(stderr.String(), "the model folder cannot be loaded") {
		t.Errorf("status %d: %s", got, stderr.String())
	}
}

// freePort returns a port of 127.0.0.1 that is for a server of this test alone.
func freePort(t *testing.T) int {
	t.Helper()
	free, err := port.Reserve()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(free.Release)
	return free.Number
}

// lead has a link lead to a folder, as Kubernetes does it: a new link takes the
// old one's place at once.
func lead(t *testing.T, link, to string) {
	t.Helper()
	if err := os.Symlink(to, link+".new"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(link+".new", link); err != nil {
		t.Fatal(err)
	}
}
