package hub

import (
	"context"
	"crypto/sha1" //nolint:gosec // Git's own hash of small files; large ones have SHA-256.
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// statusError is an answer that is not the file.
type statusError struct {
	status int
	after  time.Duration // what Retry-After asks for
}

func (e *statusError) Error() string {
	reasons := map[int]string{
		http.StatusUnauthorized:    "the hub wants a token: name a file with -token-file, or set HF_TOKEN",
		http.StatusForbidden:       "the token may not read the repository: accept its terms on the hub, or use another token",
		http.StatusNotFound:        "there is no such repository, revision or file, or it is private and wants a token",
		http.StatusTooManyRequests: "the hub asks to come back later",
	}
	if reason, ok := reasons[e.status]; ok {
		return fmt.Sprintf("status %d: %s", e.status, reason)
	}
	return fmt.Sprintf("status %d: %s", e.status, http.StatusText(e.status))
}

// errWrongHash reports content that is not what the hub has listed.
var errWrongHash = errors.New("its hash is not what the hub lists")

// get asks for an address, from some byte on.
func (c *client) get(ctx context.Context, address string, from int64) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "rsclip")
	// Sizes and ranges are those of the file, not of a compressed form.
	request.Header.Set("Accept-Encoding", "identity")
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, withoutQuery(err)
	}
	if response.StatusCode == http.StatusOK || response.StatusCode == http.StatusPartialContent {
		return response, nil
	}
	_ = response.Body.Close()
	failure := &statusError{status: response.StatusCode}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds >= 0 && seconds <= 300 {
		failure.after = time.Duration(seconds) * time.Second
	}
	return nil, failure
}

// withoutQuery takes the address out of an error: a redirect's is signed.
func withoutQuery(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// retry repeats what may go better the next time: cut connections, overload,
// and content that does not have its hash.
func (c *client) retry(ctx context.Context, do func() error) error {
	wait := c.Wait
	for attempt := 1; ; attempt++ {
		err := do()
		var status *statusError
		final := errors.As(err, &status) && status.status < 500 && status.status != http.StatusTooManyRequests
		if err == nil || final || attempt == attempts || ctx.Err() != nil {
			return err
		}
		pause := wait
		if status != nil {
			pause = max(pause, status.after)
		}
		c.Progress(fmt.Sprintf("%v; trying again in %s", err, pause))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		wait *= 2
	}
}

// fetch downloads a file into a folder, unless it is there and right. What is
// incomplete has a name of its own, made of the hash, so that a pull of other
// content never goes on from it.
func (c *client) fetch(ctx context.Context, commit string, f file, dir string) error {
	final := filepath.Join(dir, f.Name)
	if right, err := verify(final, f); err == nil && right {
		return nil
	}
	incomplete := filepath.Join(dir, "."+f.hash()+".incomplete")
	address := fmt.Sprintf("%s/%s/resolve/%s/%s", c.Endpoint, c.Repo, commit, url.PathEscape(f.Name))
	err := c.retry(ctx, func() error {
		if err := c.append(ctx, address, f, incomplete); err != nil {
			return err
		}
		right, err := verify(incomplete, f)
		if err == nil && !right {
			err = errors.Join(errWrongHash, os.Remove(incomplete))
		}
		return err
	})
	if err != nil {
		return err
	}
	c.Progress(fmt.Sprintf("%s: %.1f MB, verified", f.Name, float64(f.Size)/1e6))
	return os.Rename(incomplete, final)
}

// append downloads what is missing at the end of an incomplete file.
func (c *client) append(ctx context.Context, address string, f file, path string) (err error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	from, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if from > f.Size {
		from = 0
	}
	if from == f.Size && f.Size > 0 {
		return nil
	}
	response, err := c.get(ctx, address, from)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if from > 0 && !strings.HasPrefix(response.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", from)) {
		from = 0 // The origin does not resume, and sends the whole.
	}
	if err := out.Truncate(from); err != nil {
		return err
	}
	if _, err := out.Seek(from, io.SeekStart); err != nil {
		return err
	}
	// One byte more than there may be tells a longer file from a whole one.
	body := &counter{Reader: io.LimitReader(response.Body, f.Size-from+1), name: f.Name, done: from, total: f.Size, progress: c.Progress}
	written, err := io.Copy(out, body)
	switch {
	case err != nil:
		return fmt.Errorf("the connection was cut at byte %d of %d: %w", from+written, f.Size, withoutQuery(err))
	case from+written < f.Size:
		return fmt.Errorf("the answer ended at byte %d of %d", from+written, f.Size)
	case from+written > f.Size:
		return errors.Join(fmt.Errorf("it has more than the %d bytes that the hub lists", f.Size), out.Truncate(0))
	}
	return out.Sync()
}

// counter reports a download at every tenth of the file.
type counter struct {
	io.Reader
	name        string
	done, total int64
	progress    func(string)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	before := c.done * 10 / max(c.total, 1)
	c.done += int64(n)
	if now := c.done * 10 / max(c.total, 1); now > before && now < 10 {
		c.progress(fmt.Sprintf("%s: %d %% of %.1f MB", c.name, now*10, float64(c.total)/1e6))
	}
	return n, err
}

// verify reports whether a file has the size and hash that the hub lists.
func verify(path string, f file) (bool, error) {
	in, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = in.Close() }()
	var h hash.Hash
	if f.LFS != nil {
		h = sha256.New()
	} else {
		h = sha1.New() //nolint:gosec // See the import.
		_, _ = fmt.Fprintf(h, "blob %d\x00", f.Size)
	}
	size, err := io.Copy(h, in)
	return size == f.Size && hex.EncodeToString(h.Sum(nil)) == f.hash(), err
}

// readAll reads a body of at most limit bytes.
func readAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("the answer has more than %d bytes", limit)
	}
	return data, err
}
