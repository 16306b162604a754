package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// packedModel exports the tiny checkpoint, and returns a .tar.gz of its folder
// and the hash.
func packedModel(t *testing.T) (packed []byte, sum string) {
	t.Helper()
	model := filepath.Join(t.TempDir(), "model")
	var stderr strings.Builder
	if status := run(t.Context(), []string{"export", "-checkpoint", "testdata/tiny-base", "-out", model}, &stderr, &stderr); status != 0 {
		t.Fatal(stderr.String())
	}
	var buffer bytes.Buffer
	zip := gzip.NewWriter(&buffer)
	w := tar.NewWriter(zip)
	for _, closer := range []func() error{func() error { return w.AddFS(os.DirFS(model)) }, w.Close, zip.Close} {
		if err := closer(); err != nil {
			t.Fatal(err)
		}
	}
	return buffer.Bytes(), hashOf(buffer.Bytes())
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// TestFetchModel goes from a store, which cuts the first connection, to a model
// folder, however often.
func TestFetchModel(t *testing.T) {
	packed, sum := packedModel(t)
	var ranges []string
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ranges = append(ranges, r.Header.Get("Range"))
		if r.URL.Query().Get("X-Amz-Signature") != "hunter2" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if len(ranges) == 1 {
			w.Header().Set("Content-Length", "100000000")
			_, _ = w.Write(packed[:1000])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(packed))
	}))
	t.Cleanup(store.Close)
	out := filepath.Join(t.TempDir(), "models", sum[:12])
	t.Setenv("MODEL_ARCHIVE_URL", store.URL+"/tiny.tar.gz?X-Amz-Signature=hunter2\n")
	fetch := func() string {
		t.Helper()
		var output strings.Builder
		if status := run(t.Context(), []string{"fetch-model", "-sha256", sum, "-out", out}, &output, &output); status != 0 {
			t.Fatalf("status %d: %s", status, output.String())
		}
		if strings.Contains(output.String(), "hunter2") {
			t.Errorf("the address's secret is printed: %s", output.String())
		}
		return output.String()
	}
	fetch()
	if len(ranges) != 2 || ranges[1] != "bytes=1000-" {
		t.Errorf("asked for %q, want the rest the second time", ranges)
	}
	if err := modelfolder.Verify(t.Context(), out); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(filepath.Dir(out)); err != nil || len(entries) != 2 { // the model and its lock
		t.Errorf("left %v, %v", entries, err)
	}
	if output := fetch(); len(ranges) != 2 || !strings.Contains(output, "is there, and sound") {
		t.Errorf("again: %s", output)
	}
	if err := os.Truncate(filepath.Join(out, "vision_model.onnx.data"), 10); err != nil {
		t.Fatal(err)
	}
	if output := fetch(); len(ranges) != 3 || !strings.Contains(output, "damaged or foreign") {
		t.Errorf("damaged: %s", output)
	}
	if err := os.WriteFile(filepath.Join(out, archiveRecord), []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if output := fetch(); len(ranges) != 4 || !strings.Contains(output, "not of this archive") {
		t.Errorf("another's: %s", output)
	}
}

func TestFetchModelRefuses(t *testing.T) {
	t.Parallel()
	packed, sum := packedModel(t)
	var text bytes.Buffer
	w := tar.NewWriter(&text)
	_ = w.WriteHeader(&tar.Header{Name: "readme", Size: 2})
	_, _ = w.Write([]byte("hi"))
	_ = w.Close()
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/model":
			_, _ = w.Write(packed)
		case "/text":
			_, _ = w.Write(text.Bytes())
		case "/forbidden":
			w.WriteHeader(http.StatusForbidden)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(store.Close)
	wrong := strings.Repeat("0a", 32)
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no address":       {[]string{"-sha256", sum, "-out", "x"}, "-url is missing"},
		"wrong scheme":     {[]string{"-url", "s3://user:hunter2@bucket/key", "-sha256", sum, "-out", "x"}, "no http or https address"},
		"no hash":          {[]string{"-url", store.URL, "-out", "x"}, "64 hexadecimal digits"},
		"no folder":        {[]string{"-url", store.URL, "-sha256", sum}, "-out is missing"},
		"no bytes":         {[]string{"-url", store.URL, "-sha256", sum, "-out", "x", "-max-bytes", "0"}, "-max-bytes is 0"},
		"not there":        {[]string{"-url", store.URL + "/none?sig=hunter2", "-sha256", sum}, "status 404: the store has nothing at the address"},
		"refused":          {[]string{"-url", store.URL + "/forbidden", "-sha256", sum}, "signed for a time that is over"},
		"no model":         {[]string{"-url", store.URL + "/text", "-sha256", hashOf(text.Bytes())}, "the archive is no model folder"},
		"files too large":  {[]string{"-url", store.URL + "/model", "-sha256", sum, "-max-bytes", "100000"}, "100000 bytes"},
		"unexpected bytes": {[]string{"-url", store.URL + "/text", "-sha256", wrong}, "not the one expected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := filepath.Join(t.TempDir(), "model")
			args := append([]string{"fetch-model"}, tt.args...)
			if name != "no folder" && !strings.Contains(strings.Join(args, " "), "-out") {
				args = append(args, "-out", out)
			}
			var output strings.Builder
			if status := run(t.Context(), args, &output, &output); status != 1 || !strings.Contains(output.String(), tt.want) {
				t.Errorf("status %d: %s, want an error with %q", status, output.String(), tt.want)
			}
			if strings.Contains(output.String(), "hunter2") {
				t.Errorf("a secret is printed: %s", output.String())
			}
			if _, err := os.Stat(out); err == nil {
				t.Error("a refused archive left a folder")
			}
		})
	}
}
