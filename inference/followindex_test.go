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
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/export"
)

// TestTheIndexIsFollowed adds and removes parts of an index under load.
func TestTheIndexIsFollowed(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what waits for the server's next look at the folder")
	}
	dir := t.TempDir()
	model, parts, live, app := filepath.Join(dir, "model"), filepath.Join(dir, "parts"), filepath.Join(dir, "live"), filepath.Join(dir, "app.yaml")
	if err := export.Run(t.Context(), export.Options{Checkpoint: "testdata/tiny-base", Out: model, Name: "tiny", Progress: func(string) {}}); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "list")
	if err := os.WriteFile(list, []byte("testdata/geotiff/uint8.tif\ntestdata/geotiff/uint16.tif\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"0/2", "1/2"} {
		var stderr bytes.Buffer
		if status := run(t.Context(), []string{"index", "-model", model, "-images", list, "-tile", "0", "-shard", part, "-out", parts}, io.Discard, &stderr); status != 0 {
			t.Fatal(stderr.String())
		}
	}
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(live, 0o755); err != nil {
		t.Fatal(err)
	}
	move(filepath.Join(parts, "part-0-of-2"), filepath.Join(live, "part-0-of-2"))

	free := freePort(t)
	if err := os.WriteFile(app, fmt.Appendf(nil, "server: {port: %d, drain_seconds: -1, request_timeout_seconds: 600}\n", free), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		ended <- run(ctx, []string{"serve", "-model", model, "-index", live, "-device", "cpu", "-address", "127.0.0.1", "-app-config", app}, io.Discard, &stderr)
	}()
	url := fmt.Sprintf("http://127.0.0.1:%d", free)
	search := func(query string) (status int, ids []string) {
		response, err := http.Post(url+"/v1/search", "application/json", strings.NewReader(query))
		if err != nil {
			return 0, nil
		}
		defer func() { _ = response.Body.Close() }()
		var answer struct{ Features []struct{ ID string } }
		if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
			return 0, nil
		}
		for _, f := range answer.Features {
			ids = append(ids, f.ID)
		}
		return response.StatusCode, ids
	}
	const all = `{"text": "river", "overlap": 1}`
	wait := func(what string, done func() bool) {
		t.Helper()
		for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("no " + what + " after a minute")
			}
		}
	}
	var first []string
	wait("search", func() bool { _, first = search(all); return len(first) == 1 })
	var failed atomic.Int64
	loading, done := context.WithCancel(t.Context())
	loaded := make(chan struct{})
	go func() {
		defer close(loaded)
		for loading.Err() == nil {
			if status, ids := search(all); status != http.StatusOK || len(ids) == 0 {
				failed.Add(1)
			}
		}
	}()

	move(filepath.Join(parts, "part-1-of-2"), filepath.Join(live, "part-1-of-2"))
	wait("second tile", func() bool { _, ids := search(all); return len(ids) == 2 })
	move(filepath.Join(live, "part-0-of-2"), filepath.Join(parts, "part-0-of-2"))
	wait("end of the first tile", func() bool { _, ids := search(all); return len(ids) == 1 && ids[0] != first[0] })
	if status, _ := search(fmt.Sprintf(`{"id": %q}`, first[0])); status != http.StatusNotFound {
		t.Errorf("a tile that was removed is found: status %d", status)
	}
	move(filepath.Join(live, "part-1-of-2"), filepath.Join(parts, "part-1-of-2"))
	wait("word of the empty folder", func() bool {
		response, err := http.Get(url + "/metrics")
		if err != nil {
			return false
		}
		defer func() { _ = response.Body.Close() }()
		text, _ := io.ReadAll(response.Body)
		return strings.Contains(string(text), `rsclip_index_reloads_total{result="failed"} `) && !strings.Contains(string(text), `rsclip_index_reloads_total{result="failed"} 0`)
	})
	done()
	<-loaded
	if n := failed.Load(); n > 0 {
		t.Errorf("%d searches failed", n)
	}
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("status %d\n%s", status, stderr.String())
	}
}
