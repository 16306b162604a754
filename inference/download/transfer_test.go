package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"
)

const content = "0123456789"

// file is one of this content, of a known size.
func file(url, content string) File {
	digest := sha256.Sum256([]byte(content))
	return File{Name: "file", URL: url, Size: int64(len(content)), Hash: sha256.New, Sum: hex.EncodeToString(digest[:])}
}

// origin serves the content, and records the ranges that it is asked for.
type origin struct {
	*httptest.Server
	mu     sync.Mutex
	ranges []string
}

// serve starts an origin. Attempts are disturbed as a test likes, as long as it
// says that it has answered.
func serve(t *testing.T, content string, disturb func(w http.ResponseWriter, attempt int) bool) *origin {
	t.Helper()
	o := &origin{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.ranges = append(o.ranges, r.Header.Get("Range"))
		attempt := len(o.ranges)
		o.mu.Unlock()
		if disturb == nil || !disturb(w, attempt) {
			http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
		}
	}))
	t.Cleanup(o.Close)
	return o
}

func client() *Client {
	return &Client{HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, Progress: func(string) {}, Wait: time.Millisecond}
}

// TestFetch starts with what earlier runs have left, and ends with the file.
func TestFetch(t *testing.T) {
	t.Parallel()
	cut := func(w http.ResponseWriter, attempt int) bool {
		if attempt > 1 {
			return false
		}
		w.Header().Set("Content-Length", "10")
		_, _ = w.Write([]byte(content[:4]))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	whole := func(w http.ResponseWriter, _ int) bool { _, _ = w.Write([]byte(content)); return true }
	short := func(w http.ResponseWriter, attempt int) bool {
		if attempt == 1 {
			_, _ = w.Write([]byte(content[:7]))
		}
		return attempt == 1
	}
	busy := func(w http.ResponseWriter, attempt int) bool {
		if attempt == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		return attempt == 1
	}
	for name, tt := range map[string]struct {
		final, incomplete string // "" is no file
		disturb           func(w http.ResponseWriter, attempt int) bool
		ranges            []string
	}{
		"all of it":                   {"", "", nil, []string{""}},
		"nothing, it is there":        {content, "", nil, nil},
		"what is damaged":             {"0123456788", "", nil, []string{""}},
		"what is cut off":             {"01234", "", nil, []string{""}},
		"the rest":                    {"", "0", nil, []string{"bytes=1-"}},
		"no rest":                     {"", content, nil, nil},
		"what is longer":              {"", content + "x", nil, []string{""}},
		"after a wrong half":          {"", "xxxxx", nil, []string{"bytes=5-", ""}},
		"after a cut":                 {"", "", cut, []string{"", "bytes=4-"}},
		"after an early end":          {"", "", short, []string{"", "bytes=7-"}},
		"of an origin without ranges": {"", "0123", whole, []string{"bytes=4-"}},
		"of a busy origin":            {"", "", busy, []string{"", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := serve(t, content, tt.disturb)
			dir := t.TempDir()
			incomplete, final := filepath.Join(dir, "incomplete"), filepath.Join(dir, "final")
			for path, left := range map[string]string{incomplete: tt.incomplete, final: tt.final} {
				if left != "" {
					if err := os.WriteFile(path, []byte(left), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			var lines []string
			c := client()
			c.Progress = func(line string) { lines = append(lines, line) }
			if err := c.Fetch(t.Context(), file(o.URL, content), incomplete, final); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(final); err != nil || string(got) != content {
				t.Errorf("fetched %q, %v", got, err)
			}
			if _, err := os.Stat(incomplete); err == nil && tt.ranges != nil {
				t.Error("the incomplete file is still there")
			}
			if !slices.Equal(o.ranges, tt.ranges) {
				t.Errorf("asked for %q, want %q", o.ranges, tt.ranges)
			}
			if told := slices.Contains(lines, "file: 0.0 MB, verified"); told != (name != "nothing, it is there") {
				t.Errorf("told %q", lines)
			}
			noneOpen(t, dir)
		})
	}
}

// noneOpen looks for files of a folder that are still open.
func noneOpen(t *testing.T, dir string) {
	t.Helper()
	descriptors, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range descriptors {
		if file, _ := os.Readlink(filepath.Join("/proc/self/fd", d.Name())); strings.HasPrefix(file, dir) {
			t.Errorf("%s is still open", file)
		}
	}
}

// TestFetchFails in ways that a later attempt does not mend.
func TestFetchFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		served  string
		prepare func(incomplete, final string) error
		want    string
		tries   int
	}{
		"other bytes": {"0123456788", nil, "its hash is not the one expected", 2},
		"more bytes":  {content + "x", nil, "it has more than the 10 bytes", 2},
		// The rest is asked for, which there is none of, and then all again.
		"fewer bytes":               {content[:9], nil, "its hash is not the one expected", 4},
		"no place while incomplete": {content, func(i, _ string) error { return os.Mkdir(i, 0o755) }, "is a directory", 0},
		"no place at the end":       {content, func(_, f string) error { return os.Mkdir(f, 0o755) }, "file exists", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := serve(t, tt.served, nil)
			dir := t.TempDir()
			incomplete, final := filepath.Join(dir, "incomplete"), filepath.Join(dir, "final")
			if tt.prepare != nil {
				if err := tt.prepare(incomplete, final); err != nil {
					t.Fatal(err)
				}
			}
			err := client().Fetch(t.Context(), file(o.URL, content), incomplete, final)
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(o.ranges) != tt.tries {
				t.Errorf("%v after %d requests, want an error with %q after %d", err, len(o.ranges), tt.want, tt.tries)
			}
			if info, err := os.Stat(final); err == nil && !info.IsDir() {
				t.Error("there is a file")
			}
			if left, err := os.ReadFile(incomplete); err == nil && len(left) > 0 && string(left) != content {
				t.Errorf("what is wrong was left: %q", left)
			}
			noneOpen(t, dir)
		})
	}
}

// TestReadErrorsAreNoVerdict verifies a folder, and what is not there.
func TestReadErrorsAreNoVerdict(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for path, want := range map[string]error{dir: syscall.EISDIR, filepath.Join(dir, "gone"): os.ErrNotExist} {
		if right, err := verify(path, file("", "")); right && err == nil || !errors.Is(err, want) {
			t.Errorf("%v, %v, want %v", right, err, want)
		}
	}
}

// TestGet sends what it should, and tells answers apart.
func TestGet(t *testing.T) {
	t.Parallel()
	var sent http.Header
	var answer func(http.ResponseWriter)
	o := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = r.Header
		answer(w)
	}))
	t.Cleanup(o.Close)
	c := client()
	c.Reasons = map[int]string{403: "ask its owner"}
	answer = func(w http.ResponseWriter) { w.WriteHeader(http.StatusPartialContent) }
	for from, want := range map[int64]string{0: "", 1: "bytes=1-", 12: "bytes=12-"} {
		for token, header := range map[string]string{"": "", "secret": "Bearer secret"} {
			c.Token = token
			response, err := c.Get(t.Context(), o.URL, from)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if sent.Get("Range") != want || sent.Get("Authorization") != header || sent.Get("Accept-Encoding") != "identity" || sent.Get("User-Agent") != "rsclip" {
				t.Errorf("from %d with the token %q: sent %v", from, token, sent)
			}
		}
	}
	for header, want := range map[string]time.Duration{
		"": 0, "0": 0, "3": 3 * time.Second, "300": 300 * time.Second, "301": 0, "-1": 0, "soon": 0,
	} {
		answer = func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusTooManyRequests)
		}
		var status *statusError
		if _, err := c.Get(t.Context(), o.URL, 0); !errors.As(err, &status) || status.after != want || status.Error() != "status 429: Too Many Requests" {
			t.Errorf("Retry-After of %q: %v, %+v", header, err, status)
		}
	}
	answer = func(w http.ResponseWriter) { w.WriteHeader(http.StatusForbidden) }
	if _, err := c.Get(t.Context(), o.URL, 0); err == nil || err.Error() != "status 403: ask its owner" {
		t.Errorf("got %v", err)
	}
}

// TestErrorsShowNoAddress fails in several places, by addresses with a secret.
func TestErrorsShowNoAddress(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	nowhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://[::1?secret")
		w.WriteHeader(http.StatusFound)
	}))
	t.Cleanup(nowhere.Close)
	for _, address := range []string{nowhere.URL, closed.URL + "/?secret", "http://[::1/?secret", "ftp://host/?secret"} {
		response, err := client().Get(t.Context(), address, 0)
		if err == nil || response != nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestProgressIsToldByTenths reads a byte at a time, from the middle on.
func TestProgressIsToldByTenths(t *testing.T) {
	t.Parallel()
	var lines []string
	stall := time.NewTimer(time.Hour)
	defer stall.Stop()
	read := func(c counter) {
		lines = nil
		c.progress, c.stall, c.name = func(line string) { lines = append(lines, line) }, stall, "file"
		if _, err := io.Copy(io.Discard, &c); err != nil {
			t.Fatal(err)
		}
	}
	half := iotest.OneByteReader(strings.NewReader(strings.Repeat("x", 10)))
	read(counter{Reader: half, done: 10, total: 20})
	var want []string
	for _, tenth := range []int{6, 7, 8, 9} {
		want = append(want, fmt.Sprintf("file: %d %% of 0.0 MB", 10*tenth))
	}
	if !slices.Equal(lines, want) {
		t.Errorf("told %q, want %q", lines, want)
	}
	read(counter{Reader: strings.NewReader("xxx"), done: 2_000_000, total: 2_500_000})
	read(counter{Reader: strings.NewReader(strings.Repeat("x", 30)), done: 1_249_990, total: 2_500_000})
	if !slices.Equal(lines, []string{"file: 50 % of 2.5 MB"}) {
		t.Errorf("told %q", lines)
	}
	if read(counter{Reader: strings.NewReader("xxx")}); lines != nil {
		t.Errorf("of a size that is not known: told %q", lines)
	}
}

// slow is an origin whose bytes come one at a time, each after a pause. It
// stands for a network, which a test cannot have stand still.
type slow struct {
	pause time.Duration
	ctx   context.Context //nolint:containedctx // Of the request.
	left  string
}

func (s slow) RoundTrip(r *http.Request) (*http.Response, error) {
	s.ctx = r.Context()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(&s), Request: r, ContentLength: -1}, nil
}

func (s *slow) Read(p []byte) (int, error) {
	if s.left == "" {
		return 0, io.EOF
	}
	select {
	case <-time.After(s.pause):
		n := copy(p, s.left[:1])
		s.left = s.left[1:]
		return n, nil
	case <-s.ctx.Done():
		return 0, s.ctx.Err()
	}
}

// TestAStalledDownloadEnds gives up on an origin that is silent for a minute,
// and not on one that is slow.
func TestAStalledDownloadEnds(t *testing.T) {
	t.Parallel()
	for pause, want := range map[time.Duration]string{59 * time.Second: "", 61 * time.Second: "cut at byte 0: nothing came for 1m0s"} {
		synctest.Test(t, func(t *testing.T) {
			dir := t.TempDir()
			c := client()
			c.HTTP = &http.Client{Transport: slow{pause: pause, left: content}}
			start := time.Now()
			err := c.Fetch(t.Context(), file("http://host/file", content), filepath.Join(dir, "incomplete"), filepath.Join(dir, "final"))
			if want == "" && (err != nil || time.Since(start) != 590*time.Second) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("a byte every %s: %v after %s, want %q", pause, err, time.Since(start), want)
			}
		})
	}
}

// TestADiskThatIsFullIsNoCutConnection writes to a device that always is, which
// no later attempt mends.
func TestADiskThatIsFullIsNoCutConnection(t *testing.T) {
	t.Parallel()
	o := serve(t, content, nil)
	dir := t.TempDir()
	full := filepath.Join(dir, "full")
	if err := os.Symlink("/dev/full", full); err != nil {
		t.Fatal(err)
	}
	err := client().Fetch(t.Context(), file(o.URL, content), full, filepath.Join(dir, "final"))
	var path *os.PathError
	if !errors.As(err, &path) || len(o.ranges) > 1 {
		t.Errorf("got %v after %d requests, want the disk's error after one", err, len(o.ranges))
	}
}

// TestProgressOfAnUnknownSize goes by the length that the origin tells, of which
// a part is there.
func TestProgressOfAnUnknownSize(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 300_000)
	o := serve(t, large, nil)
	for left, want := range map[int]int{0: 4, 200_000: 1} {
		dir := t.TempDir()
		incomplete := filepath.Join(dir, "incomplete")
		if err := os.WriteFile(incomplete, []byte(large[:left]), 0o600); err != nil {
			t.Fatal(err)
		}
		var lines []string
		c := client()
		c.Progress = func(line string) { lines = append(lines, line) }
		f := file(o.URL, large)
		f.Size, f.Limit = 0, 1<<20
		if err := c.Fetch(t.Context(), f, incomplete, filepath.Join(dir, "final")); err != nil {
			t.Fatal(err)
		}
		told := 0
		for _, l := range lines {
			if strings.HasSuffix(l, " % of 0.3 MB") {
				told++
			}
		}
		if told < want || told > 9-9*left/300_000 {
			t.Errorf("with %d bytes there: told %q", left, lines)
		}
	}
}
