package main

import (
	"archive/tar"
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestFetchIndex goes from a store to an index of two parts, however often, and makes it
// anew if a bit of it has flipped.
func TestFetchIndex(t *testing.T) {
	work := t.TempDir()
	path := func(names ...string) string { return filepath.Join(append([]string{work}, names...)...) }
	folder := exported(t)
	for _, shard := range []string{"0/2", "1/2"} {
		if status, said := rsclip(t, "index", "-model", folder, "-images", "testdata/geotiff/mask.tif", "-tile", "16", "-out", path("index"), "-shard", shard); status != 0 && shard == "0/2" {
			t.Fatal(said)
		}
	}
	pack := func(folder string) []byte {
		var buffer bytes.Buffer
		w := tar.NewWriter(&buffer)
		if err := w.AddFS(os.DirFS(folder)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return buffer.Bytes()
	}
	packed, model := pack(path("index")), pack(folder)
	asked := 0
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		data := packed
		if r.URL.Path == "/model" {
			data = model
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}))
	t.Cleanup(store.Close)
	out := path("indexes", "one")
	t.Setenv("INDEX_ARCHIVE_URL", store.URL+"/index.tar?sig=hunter2")
	for _, tt := range []struct {
		name   string
		before func()
		asked  int
		says   string
	}{
		{"at first", func() {}, 1, "of the archive with SHA-256"},
		{"again", func() {}, 1, "is there, and sound"},
		{"a flipped bit", func() {
			file := filepath.Join(out, "part-0-of-2", "shard-000000.vectors")
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			data = slices.Clone(data)
			data[len(data)-1] ^= 1
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}, 2, "it is damaged"},
		{"another archive's", func() { _ = os.WriteFile(filepath.Join(out, archiveRecord), []byte("other"), 0o600) }, 3, "is not of this archive; making it anew"},
	} {
		tt.before()
		status, said := rsclip(t, "fetch-index", "-sha256", hashOf(packed), "-out", out)
		if status != 0 || asked != tt.asked || !strings.Contains(said, tt.says) || strings.Contains(said, "hunter2") {
			t.Errorf("%s: status %d, asked %d times, %s, want %q", tt.name, status, asked, said, tt.says)
		}
		if status, said := rsclip(t, "check", "-index", out); status != 0 || !strings.Contains(said, "all files are sound") {
			t.Errorf("%s: %s", tt.name, said)
		}
	}
	if status, said := rsclip(t, "fetch-index", "-url", store.URL+"/model", "-sha256", hashOf(model), "-out", path("other")); status != 1 || !strings.Contains(said, "the archive is no index: ") {
		t.Errorf("a model: status %d, %s", status, said)
	}
	if status, said := rsclip(t, "fetch-index", "-url", "s3://bucket/key", "-sha256", hashOf(model), "-out", path("other")); status != 1 || !strings.Contains(said, "or set INDEX_ARCHIVE_URL where it is secret") {
		t.Errorf("a bucket: status %d, %s", status, said)
	}
}
