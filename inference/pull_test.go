package main

import (
	"crypto/sha1" //nolint:gosec // Git's own hash.
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

const commit = "0123456789abcdef0123456789abcdef01234567"

// tinyHub is a private hub with the tiny checkpoint, whatever the revision.
func tinyHub(t *testing.T) *httptest.Server {
	t.Helper()
	entries, err := os.ReadDir("testdata/tiny-large")
	if err != nil {
		t.Fatal(err)
	}
	var siblings []map[string]any
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join("testdata/tiny-large", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(data)), data...)) //nolint:gosec // Git's own hash.
		siblings = append(siblings, map[string]any{"rfilename": e.Name(), "size": len(data), "blobId": hex.EncodeToString(sum[:])})
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/models/lcybuaa/Git-RSCLIP/revision/{revision}", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer hf_token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"sha": commit, "siblings": siblings})
	})
	mux.Handle("/lcybuaa/Git-RSCLIP/resolve/"+commit+"/", http.StripPrefix("/lcybuaa/Git-RSCLIP/resolve/"+commit, http.FileServer(http.Dir("testdata/tiny-large"))))
	hub := httptest.NewServer(mux)
	t.Cleanup(hub.Close)
	return hub
}

func readModel(t *testing.T, dir string) *modelfolder.Metadata {
	t.Helper()
	m, err := modelfolder.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestPullAndExport goes from a hub to a model folder in one command.
func TestPullAndExport(t *testing.T) {
	t.Parallel()
	hub := tinyHub(t)
	dir := t.TempDir()
	token := filepath.Join(dir, "token")
	if err := os.WriteFile(token, []byte("hf_token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	status := run(t.Context(), []string{
		"pull", "lcybuaa/Git-RSCLIP@v1", "-endpoint", hub.URL, "-token-file", token,
		"-out", filepath.Join(dir, "checkpoint"), "-export", filepath.Join(dir, "model"), "-precision", "fp16",
	}, &stdout, &stderr)
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	if m := readModel(t, filepath.Join(dir, "model")); m.Name != "Git-RSCLIP" || m.Source.Revision != commit || m.Precision != "fp16" {
		t.Errorf("metadata %+v", m)
	}
	if !strings.Contains(stdout.String(), commit) || strings.Contains(stdout.String()+stderr.String(), "hf_token") {
		t.Errorf("printed %s%s", stdout.String(), stderr.String())
	}
}

// TestPullOnce goes as an init container goes, from no folder to a sound one
// however often, and asks the hub only where it must.
func TestPullOnce(t *testing.T) {
	t.Parallel()
	hub := tinyHub(t)
	dir := t.TempDir()
	token, model := filepath.Join(dir, "token"), filepath.Join(dir, "cache", "model")
	if err := os.WriteFile(token, []byte("hf_token"), 0o600); err != nil {
		t.Fatal(err)
	}
	once := func(want int, flags ...string) string {
		t.Helper()
		var output strings.Builder
		args := append([]string{"pull", "lcybuaa/Git-RSCLIP@" + commit, "-once", "-export", model, "-endpoint", hub.URL, "-token-file", token}, flags...)
		if status := run(t.Context(), args, &output, &output); status != want {
			t.Fatalf("status %d: %s", status, output.String())
		}
		return output.String()
	}
	wrong := strings.Repeat("0a", 32)
	if output := once(1, "-sha256", wrong); !strings.Contains(output, "not "+wrong) {
		t.Errorf("another checkpoint: %s", output)
	}
	_, sum, _ := strings.Cut(once(0), "SHA-256 ")
	sum = sum[:64]
	command := exec.CommandContext(t.Context(), "sh", "-c", "sha256sum -- * | sha256sum")
	command.Dir = "testdata/tiny-large"
	command.Env = []string{"LC_ALL=C", "PATH=" + os.Getenv("PATH")}
	if want, err := command.Output(); err != nil || !strings.HasPrefix(string(want), sum) {
		t.Errorf("SHA-256 %s, sha256sum says %s, %v", sum, want, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(model)); err != nil || len(entries) != 2 { // the model and its lock
		t.Errorf("left %v, %v", entries, err)
	}
	if output := once(0, "-precision", "fp16", "-sha256", sum); readModel(t, model).Precision != "fp16" || !strings.Contains(output, "it is Git-RSCLIP in fp32") {
		t.Errorf("another precision: %s", output)
	}
	// A pull that was whole when its export was killed.
	if err := errors.Join(os.RemoveAll(model), os.CopyFS(model+".checkpoint", os.DirFS("testdata/tiny-large"))); err != nil {
		t.Fatal(err)
	}
	if output := once(0); strings.Contains(output, "verified") {
		t.Errorf("pulled again: %s", output)
	}
	hub.Close()
	if output := once(0); !strings.Contains(output, "is there, and sound") {
		t.Errorf("without the hub: %s", output)
	}
}
