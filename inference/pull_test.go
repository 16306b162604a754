package main

import (
	"crypto/sha1" //nolint:gosec // Git's own hash.
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/modeldir"
)

// TestPullAndExport goes from a hub to a model folder in one command.
func TestPullAndExport(t *testing.T) {
	t.Parallel()
	const commit = "0123456789abcdef0123456789abcdef01234567"
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
	mux.HandleFunc("GET /api/models/lcybuaa/Git-RSCLIP/revision/v1", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer hf_token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"sha": commit, "siblings": siblings})
	})
	mux.Handle("/lcybuaa/Git-RSCLIP/resolve/"+commit+"/", http.StripPrefix("/lcybuaa/Git-RSCLIP/resolve/"+commit, http.FileServer(http.Dir("testdata/tiny-large"))))
	hub := httptest.NewServer(mux)
	t.Cleanup(hub.Close)

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
	m, err := modeldir.Read(filepath.Join(dir, "model"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Name != "Git-RSCLIP" || m.Source.Revision != commit || m.Precision != "fp16" {
		t.Errorf("metadata %+v", m)
	}
	if !strings.Contains(stdout.String(), commit) || strings.Contains(stdout.String()+stderr.String(), "hf_token") {
		t.Errorf("printed %s%s", stdout.String(), stderr.String())
	}
}
