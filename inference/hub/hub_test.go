package hub_test

import (
	"bytes"
	"context"
	"crypto/sha1" //nolint:gosec // Git's own hash.
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/hub"
)

const (
	repo   = "lcybuaa/Git-RSCLIP"
	commit = "0123456789abcdef0123456789abcdef01234567"
	token  = "hf_secret"
)

// fakeHub speaks the hub's protocol: a listing with hashes, and files that are
// served in place when small, and by a redirect to another host when large.
type fakeHub struct {
	mu       sync.Mutex
	files    map[string][]byte
	large    map[string]bool
	requests []string // path and range of each request for a file
	hub, cdn *httptest.Server

	private bool
	// disturb may answer a request for a file's bytes in its own way.
	disturb func(w http.ResponseWriter, r *http.Request, name string, attempt int) bool
	// tweak changes the listing.
	tweak    func(siblings []map[string]any)
	attempts map[string]int
	leaked   bool // whether the token reached the other host
}

func startHub(t *testing.T) *fakeHub {
	t.Helper()
	weights := bytes.Repeat([]byte("weights "), 40_000)
	h := &fakeHub{
		files: map[string][]byte{
			"config.json": []byte(`{"model_type": "siglip"}`), "preprocessor_config.json": []byte("{}"), "README.md": []byte("# not wanted"),
			"spiece.model": bytes.Repeat([]byte("piece"), 1000), "model.safetensors": weights, "pytorch_model.bin": weights, ".gitattributes": {},
		},
		large:    map[string]bool{"model.safetensors": true, "spiece.model": true, "pytorch_model.bin": true},
		attempts: make(map[string]int),
	}
	h.cdn = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			h.mu.Lock()
			h.leaked = true
			h.mu.Unlock()
		}
		h.serve(w, r, strings.TrimPrefix(r.URL.Path, "/blobs/"))
	}))
	t.Cleanup(h.cdn.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/models/"+repo+"/revision/{revision}", h.list)
	mux.HandleFunc("/"+repo+"/resolve/{revision}/{name}", h.resolve)
	h.hub = httptest.NewServer(mux)
	t.Cleanup(h.hub.Close)
	return h
}

func (h *fakeHub) allowed(w http.ResponseWriter, r *http.Request) bool {
	if h.private && r.Header.Get("Authorization") != "Bearer "+token {
		http.Error(w, "Invalid username or password.", http.StatusUnauthorized)
		return false
	}
	return true
}

func (h *fakeHub) list(w http.ResponseWriter, r *http.Request) {
	if !h.allowed(w, r) {
		return
	}
	if revision := r.PathValue("revision"); revision != "main" && len(revision) != len(commit) {
		http.NotFound(w, r)
		return
	}
	var siblings []map[string]any
	for name, data := range h.files {
		entry := map[string]any{"rfilename": name, "size": len(data), "blobId": gitHash(data)}
		if h.large[name] {
			sum := sha256.Sum256(data)
			entry["lfs"] = map[string]any{"sha256": hex.EncodeToString(sum[:]), "size": len(data), "pointerSize": 134}
		}
		siblings = append(siblings, entry)
	}
	if h.tweak != nil {
		h.tweak(siblings)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"id": repo, "sha": commit, "siblings": siblings})
}

func gitHash(data []byte) string {
	sum := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(data)), data...)) //nolint:gosec // Git's own hash.
	return hex.EncodeToString(sum[:])
}

func (h *fakeHub) resolve(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	data, ok := h.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if !h.allowed(w, r) {
		return
	}
	w.Header().Set("X-Repo-Commit", commit)
	w.Header().Set("ETag", `"`+gitHash(data)+`"`)
	if h.large[name] {
		sum := sha256.Sum256(data)
		w.Header().Set("X-Linked-Etag", `"`+hex.EncodeToString(sum[:])+`"`)
		w.Header().Set("X-Linked-Size", fmt.Sprint(len(data)))
		w.Header().Set("Location", h.cdn.URL+"/blobs/"+name+"?signature=secret")
		w.WriteHeader(http.StatusFound)
		return
	}
	h.serve(w, r, name)
}

func (h *fakeHub) serve(w http.ResponseWriter, r *http.Request, name string) {
	h.mu.Lock()
	h.attempts[name]++
	attempt := h.attempts[name]
	h.requests = append(h.requests, name+" "+r.Header.Get("Range"))
	h.mu.Unlock()
	if h.disturb != nil && h.disturb(w, r, name, attempt) {
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(h.files[name]))
}

func (h *fakeHub) options(t *testing.T) hub.Options {
	t.Helper()
	return hub.Options{
		Repo: repo, Out: filepath.Join(t.TempDir(), "checkpoint"), Endpoint: h.hub.URL,
		Progress: func(string) {}, Wait: time.Millisecond,
	}
}

// complete checks that a folder has what was wanted, and nothing is beside it.
func (h *fakeHub) complete(t *testing.T, out string) {
	t.Helper()
	entries, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		data, err := os.ReadFile(filepath.Join(out, e.Name()))
		if err != nil || !bytes.Equal(data, h.files[e.Name()]) {
			t.Errorf("%s is not what the hub has: %v", e.Name(), err)
		}
	}
	if want := []string{"config.json", "model.safetensors", "preprocessor_config.json", "spiece.model"}; !slices.Equal(names, want) {
		t.Errorf("the folder has %v, want %v", names, want)
	}
	if _, err := os.Stat(out + ".partial"); err == nil {
		t.Error("the partial folder is still there")
	}
}

func TestPull(t *testing.T) {
	t.Parallel()
	h := startHub(t)
	h.private = true
	o := h.options(t)
	o.Token = token
	o.Endpoint += "/"
	var lines []string
	o.Progress = func(line string) { lines = append(lines, line) }
	got, err := hub.Pull(t.Context(), o)
	if err != nil || got.Commit != commit {
		t.Fatalf("pulled %+v, %v", got, err)
	}
	h.complete(t, o.Out)
	if h.leaked {
		t.Error("the token was sent to the host that the hub redirects to")
	}
	if all := strings.Join(lines, "\n"); !strings.Contains(all, "model.safetensors: 0.3 MB, verified") || strings.Contains(all, "secret") {
		t.Errorf("progress:\n%s", all)
	}
	if _, err := hub.Pull(t.Context(), o); err == nil || !strings.Contains(err.Error(), "already there") {
		t.Errorf("a second pull: %v", err)
	}
}

func cut(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	_, _ = w.Write(data[:len(data)/3])
	panic(http.ErrAbortHandler)
}

// TestForeignRepositories are refused by their listing, before anything is downloaded.
func TestForeignRepositories(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file    string
		config  bool // whether there is a config.json, too
		refused bool
	}{
		{"adapter_config.json", false, true},
		{"adapter_config.json", true, true},
		{"open_clip_config.json", false, true},
		{"open_clip_model.safetensors", false, true},
		{"open_clip_config.json", true, false},
	} {
		h := startHub(t)
		h.files[tt.file] = []byte("{}")
		if !tt.config {
			delete(h.files, "config.json")
		}
		o := h.options(t)
		_, err := hub.Pull(t.Context(), o)
		if tt.refused != (err != nil && strings.Contains(err.Error(), tt.file) && strings.Contains(err.Error(), "docs/models.md")) {
			t.Errorf("%s, config.json %t: %v", tt.file, tt.config, err)
		}
		if tt.refused && len(h.requests) > 0 {
			t.Errorf("%s: %v were downloaded", tt.file, h.requests)
		}
	}
}

func TestDisturbances(t *testing.T) {
	t.Parallel()
	isWeights := func(name string) bool { return name == "model.safetensors" }
	tests := map[string]func(h *fakeHub, w http.ResponseWriter, r *http.Request, name string, attempt int) bool{
		"cut connection": func(h *fakeHub, w http.ResponseWriter, _ *http.Request, name string, attempt int) bool {
			if isWeights(name) && attempt == 1 {
				cut(w, h.files[name])
			}
			return false
		},
		"cut three times, each a little further": func(h *fakeHub, w http.ResponseWriter, r *http.Request, name string, attempt int) bool {
			if isWeights(name) && attempt <= 3 {
				var from int
				_, _ = fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(h.files[name])-1, len(h.files[name])))
				w.Header().Set("Content-Length", fmt.Sprint(len(h.files[name])-from))
				if from > 0 {
					w.WriteHeader(http.StatusPartialContent)
				}
				_, _ = w.Write(h.files[name][from : from+50_000])
				panic(http.ErrAbortHandler)
			}
			return false
		},
		"an origin that does not resume": func(h *fakeHub, w http.ResponseWriter, r *http.Request, name string, attempt int) bool {
			if isWeights(name) && attempt == 1 {
				cut(w, h.files[name])
			}
			r.Header.Del("Range")
			return false
		},
		"wrong bytes once": func(h *fakeHub, w http.ResponseWriter, _ *http.Request, name string, attempt int) bool {
			if attempt > 1 {
				return false
			}
			_, _ = w.Write(bytes.Repeat([]byte("x"), len(h.files[name])))
			return true
		},
		"too many bytes once": func(h *fakeHub, w http.ResponseWriter, _ *http.Request, name string, attempt int) bool {
			if attempt > 1 {
				return false
			}
			_, _ = w.Write(append(bytes.Clone(h.files[name]), "more"...))
			return true
		},
		"overload": func(_ *fakeHub, w http.ResponseWriter, _ *http.Request, _ string, attempt int) bool {
			if attempt > 2 {
				return false
			}
			w.Header().Set("Retry-After", "0")
			w.WriteHeader([]int{http.StatusTooManyRequests, http.StatusServiceUnavailable}[attempt-1])
			return true
		},
	}
	for name, disturb := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := startHub(t)
			h.disturb = func(w http.ResponseWriter, r *http.Request, name string, attempt int) bool {
				return disturb(h, w, r, name, attempt)
			}
			o := h.options(t)
			if _, err := hub.Pull(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			h.complete(t, o.Out)
		})
	}
}

// TestResumeInALaterPull ends a pull in the middle of the weights; the next
// asks for the rest only.
func TestResumeInALaterPull(t *testing.T) {
	t.Parallel()
	h := startHub(t)
	ctx, cancel := context.WithCancel(t.Context())
	h.disturb = func(w http.ResponseWriter, _ *http.Request, name string, attempt int) bool {
		if name == "model.safetensors" && attempt == 1 {
			cut(w, h.files[name])
		}
		return false
	}
	o := h.options(t)
	o.Progress = func(line string) {
		if strings.Contains(line, "trying again") {
			cancel()
		}
	}
	if _, err := hub.Pull(ctx, o); err == nil {
		t.Fatal("the pull went on")
	}
	if _, err := os.Stat(o.Out); err == nil {
		t.Fatal("a pull that was cut off left a folder")
	}
	if _, err := hub.Pull(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	h.complete(t, o.Out)
	last := h.requests[len(h.requests)-1]
	for _, r := range h.requests {
		if strings.HasPrefix(r, "model.safetensors bytes=") {
			return
		}
	}
	t.Errorf("nothing was resumed; the last request was %q of %v", last, h.requests)
}

func TestRefused(t *testing.T) {
	t.Parallel()
	set := func(name, key string, value any) func([]map[string]any) {
		return func(siblings []map[string]any) {
			for _, s := range siblings {
				if s["rfilename"] == name {
					s[key] = value
				}
			}
		}
	}
	tests := map[string]struct {
		change func(h *fakeHub, o *hub.Options)
		want   string
	}{
		"no such revision":   {func(_ *fakeHub, o *hub.Options) { o.Revision = "v9" }, "status 404"},
		"no such repository": {func(_ *fakeHub, o *hub.Options) { o.Repo = "nobody/nothing" }, "status 404"},
		"private":            {func(h *fakeHub, _ *hub.Options) { h.private = true }, "HF_TOKEN"},
		"wrong token":        {func(h *fakeHub, o *hub.Options) { h.private, o.Token = true, "hf_wrong" }, "status 401"},
		"repository name":    {func(_ *fakeHub, o *hub.Options) { o.Repo = "../../etc" }, "OWNER/NAME"},
		"revision":           {func(_ *fakeHub, o *hub.Options) { o.Revision = "a b" }, "branch, tag or commit"},
		"endpoint":           {func(_ *fakeHub, o *hub.Options) { o.Endpoint = "file:///" }, "http or https"},
		"another commit":     {func(_ *fakeHub, o *hub.Options) { o.Revision = strings.Repeat("9", 40) }, "of commit " + commit},
		"another checkpoint": {func(_ *fakeHub, o *hub.Options) { o.SHA256 = strings.Repeat("9", 64) }, "the checkpoint's SHA-256 is"},
		"no weights":         {func(h *fakeHub, _ *hub.Options) { delete(h.files, "model.safetensors") }, "no *.safetensors"},
		"wrong for ever": {func(h *fakeHub, _ *hub.Options) {
			h.disturb = func(w http.ResponseWriter, _ *http.Request, name string, _ int) bool {
				_, _ = w.Write(bytes.Repeat([]byte("x"), len(h.files[name])))
				return true
			}
		}, "hash"},
		"too many bytes": {func(_ *fakeHub, o *hub.Options) { o.MaxBytes = 320_000 }, "more than 320000 bytes: raise -max-bytes"},
		"huge":           {func(h *fakeHub, _ *hub.Options) { h.tweak = set("model.safetensors", "size", int64(1e13)) }, "more than 68719476736 bytes"},
		"huge together": {func(h *fakeHub, _ *hub.Options) {
			h.tweak = func(siblings []map[string]any) {
				for _, s := range siblings {
					s["size"] = int64(1) << 62
				}
			}
		}, "more than 68719476736 bytes"},
		"a longer file": {func(h *fakeHub, _ *hub.Options) {
			h.disturb = func(w http.ResponseWriter, r *http.Request, _ string, _ int) bool {
				for r.Context().Err() == nil {
					if _, err := w.Write(make([]byte, 1<<16)); err != nil {
						break
					}
				}
				return true
			}
		}, "bytes that it may have"},
		"twice":        {func(h *fakeHub, _ *hub.Options) { h.tweak = set("spiece.model", "rfilename", "config.json") }, "config.json twice"},
		"wrong size":   {func(h *fakeHub, _ *hub.Options) { h.tweak = set("model.safetensors", "size", 7) }, "more than the 7 bytes"},
		"hash is none": {func(h *fakeHub, _ *hub.Options) { h.tweak = set("config.json", "blobId", "../../x") }, "cannot be"},
		"negative":     {func(h *fakeHub, _ *hub.Options) { h.tweak = set("config.json", "size", -1) }, "cannot be"},
		"broken listing": {func(h *fakeHub, o *hub.Options) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
			t.Cleanup(s.Close)
			o.Endpoint = s.URL
			_ = h
		}, "listing"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := startHub(t)
			o := h.options(t)
			tt.change(h, &o)
			_, err := hub.Pull(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
			if err != nil && o.Token != "" && strings.Contains(err.Error(), o.Token) {
				t.Errorf("the error shows the token: %v", err)
			}
			if _, err := os.Stat(o.Out); err == nil {
				t.Error("a refused pull left a folder")
			}
		})
	}
}

// TestNamesThatAreNoFiles lists names that would be written, or counted in the
// checkpoint's hash as if they were several files.
func TestNamesThatAreNoFiles(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"config.json\n" + strings.Repeat("0", 64) + "  model.safetensors", "a\x00.safetensors", "-rf.safetensors", ".safetensors", "..safetensors",
		`..\x.safetensors`, "\u202e.safetensors", "a b.safetensors", "\x1b[2J.safetensors", strings.Repeat("x", 300) + ".safetensors",
	} {
		h := startHub(t)
		h.files[name] = []byte("evil")
		o := h.options(t)
		if _, err := hub.Pull(t.Context(), o); err == nil || !strings.Contains(err.Error(), "cannot be") || strings.ContainsAny(err.Error(), "\n\x00\x1b\u202e") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestNamesThatLeaveTheFolder are not even wanted.
func TestNamesThatLeaveTheFolder(t *testing.T) {
	t.Parallel()
	h := startHub(t)
	for _, name := range []string{"../evil.safetensors", "sub/model.safetensors", "/etc/x.safetensors"} {
		h.files[name] = []byte("evil")
	}
	o := h.options(t)
	if _, err := hub.Pull(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	h.complete(t, o.Out)
}

// TestTheFakeSpeaksTheRealProtocol lets the hub's own client download from the
// fake, so that what the other tests prove is worth something.
func TestTheFakeSpeaksTheRealProtocol(t *testing.T) {
	t.Parallel()
	python := os.Getenv("ORACLE_PYTHON")
	if python == "" {
		t.Skip("no reference client: ORACLE_PYTHON names no Python with huggingface_hub")
	}
	h := startHub(t)
	out := filepath.Join(t.TempDir(), "out")
	program := fmt.Sprintf("import huggingface_hub; huggingface_hub.snapshot_download(%q, local_dir=%q, allow_patterns=%s)",
		repo, out, `["config.json", "preprocessor_config.json", "spiece.model", "model.safetensors"]`)
	command := exec.CommandContext(t.Context(), python, "-c", program)
	command.Env = append(os.Environ(), "HF_ENDPOINT="+h.hub.URL, "HF_HOME="+t.TempDir(), "HF_HUB_DISABLE_XET=1")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if err := os.RemoveAll(filepath.Join(out, ".cache")); err != nil {
		t.Fatal(err)
	}
	h.complete(t, out)
}
