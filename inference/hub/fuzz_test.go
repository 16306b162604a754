package hub_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/hub"
)

// FuzzListing pulls from a hub that lists anything, and serves no file.
func FuzzListing(f *testing.F) {
	f.Add([]byte(`{"sha": "` + commit + `", "siblings": [{"rfilename": "model.safetensors", "size": 3, "blobId": "` + commit + `"}]}`))
	f.Add([]byte(`{"sha": "` + commit + `", "siblings": [{"rfilename": "../model.safetensors", "size": -1, "lfs": {"sha256": "../x", "size": 1}}]}`))
	f.Add([]byte(`{"sha": "../../main", "siblings": []}`))
	f.Add([]byte(`{"sha": "` + commit + `", "siblings": [{"rfilename": "config.json", "size": 0, "blobId": "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"}, {"rfilename": "model.safetensors", "size": 9223372036854775807, "lfs": null}]}`))
	var listing []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/models/"+repo+"/revision/main" {
			_, _ = w.Write(listing)
			return
		}
		http.NotFound(w, r)
	}))
	f.Cleanup(server.Close)
	parent := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		listing = data
		out := filepath.Join(parent, "inner", "model")
		_, err := hub.Pull(t.Context(), hub.Options{Repo: repo, Out: out, Endpoint: server.URL, Progress: func(string) {}, Wait: time.Nanosecond})
		if err == nil {
			t.Errorf("a checkpoint was pulled of which no file is there: %q", data)
		}
		entries, _ := os.ReadDir(parent)
		for _, e := range entries {
			if e.Name() != "inner" {
				t.Errorf("%s was written outside of the folder", e.Name())
			}
		}
		_ = os.RemoveAll(filepath.Join(parent, "inner"))
	})
}
