// Package download fetches files over HTTP: it goes on where a connection was
// cut, tries again what may go better, and shows a file only when its hash is
// right.
package download

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/seed-74198975/rsclip/internal/urlerror"
)

const (
	attempts      = 6
	headerTimeout = 30 * time.Second
	stallTimeout  = 60 * time.Second // without a byte
)

// Client fetches from one origin.
type Client struct {
	// HTTP makes the requests. Required; [HTTP] is meant for it.
	HTTP *http.Client
	// Token is sent as Authorization: Bearer. Default none.
	Token string
	// Reasons say what a status means there. Default none.
	Reasons map[int]string
	// Progress is told what has been done, a line at a time. Required.
	Progress func(line string)
	// Wait is the time before a first retry, which doubles. Default 1 s.
	Wait time.Duration
}

// File is a file to fetch.
type File struct {
	// Name is what progress calls it.
	Name string
	// URL is never shown, since it may be signed.
	URL string
	// Size is in bytes; 0 with Limit where it is not known.
	Size int64
	// Limit is the most bytes of a file whose size is not known.
	Limit int64
	// Hash starts the hash that Sum, in lower-case hexadecimal digits, is of.
	Hash func() hash.Hash
	Sum  string
}

// HTTP returns a client that uses the proxies of the environment, since the user
// chose the origin, and waits for an answer for half a minute. An origin that it
// is redirected to learns neither the token nor where it was sent from, which
// may be a signed address.
func HTTP() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.ResponseHeaderTimeout = headerTimeout
	return &http.Client{Transport: t, CheckRedirect: keepSecrets}
}

func keepSecrets(next *http.Request, via []*http.Request) error {
	if len(via) > 10 {
		return errors.New("there are more than 10 redirects")
	}
	next.Header.Del("Referer")
	if next.URL.Host != via[0].URL.Host || next.URL.Scheme != via[0].URL.Scheme {
		next.Header.Del("Authorization")
	}
	return nil
}

// statusError is an answer that is not the file.
type statusError struct {
	status int
	reason string
	after  time.Duration // what Retry-After asks for
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d: %s", e.status, e.reason) }

// contentError reports content that is not what was asked for.
type contentError string

func (e contentError) Error() string { return string(e) }

// Get asks for an address, from some byte on, and answers with the file alone.
// Sizes and ranges are those of the file, not of a compressed form.
func (c *Client) Get(ctx context.Context, address string, from int64) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, urlerror.Cause(err)
	}
	request.Header.Set("User-Agent", "rsclip")
	request.Header.Set("Accept-Encoding", "identity")
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return nil, urlerror.Cause(err)
	}
	if response.StatusCode == http.StatusOK || response.StatusCode == http.StatusPartialContent {
		return response, nil
	}
	_ = response.Body.Close()
	failure := &statusError{
		status: response.StatusCode,
		reason: cmp.Or(c.Reasons[response.StatusCode], http.StatusText(response.StatusCode)),
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds >= 0 && seconds <= 300 {
		failure.after = time.Duration(seconds) * time.Second
	}
	return nil, failure
}

// Retry repeats what may go better the next time: cut connections, overload,
// and once, content that is not what was asked for. A disk that is full will
// not be empty soon.
func (c *Client) Retry(ctx context.Context, do func() error) error {
	wait, wrong := cmp.Or(c.Wait, time.Second), 0
	for attempt := 1; ; attempt++ {
		err := do()
		var content contentError
		if errors.As(err, &content) {
			wrong++
		}
		var status *statusError
		var disk *fs.PathError
		final := errors.As(err, &status) && status.status < 500 && status.status != http.StatusTooManyRequests || wrong > 1 || errors.As(err, &disk)
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

// Fetch downloads a file to final, unless it is there and right. Until then its
// bytes are in the file incomplete, from which a later Fetch goes on.
func (c *Client) Fetch(ctx context.Context, f File, incomplete, final string) error {
	if right, err := verify(final, f); err == nil && right {
		return nil
	}
	var size int64
	err := c.Retry(ctx, func() (err error) {
		if size, err = c.extend(ctx, f, incomplete); err != nil {
			return err
		}
		right, err := verify(incomplete, f)
		if err == nil && !right {
			err = errors.Join(contentError("its hash is not the one expected"), os.Remove(incomplete))
		}
		return err
	})
	if err != nil {
		return err
	}
	c.Progress(fmt.Sprintf("%s: %.1f MB, verified", f.Name, float64(size)/1e6))
	return os.Rename(incomplete, final)
}

// extend downloads what is missing at the end of an incomplete file, and
// returns its size.
func (c *Client) extend(ctx context.Context, f File, path string) (size int64, err error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	from, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	if from > f.most() {
		from = 0
	}
	if from == f.Size && f.Size > 0 {
		return from, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	response, err := c.Get(ctx, f.URL, from)
	var status *statusError
	if errors.As(err, &status) && status.status == http.StatusRequestedRangeNotSatisfiable && from > 0 {
		return from, nil // The file ends there, or is another, as its hash will tell.
	}
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	if from > 0 && !strings.HasPrefix(response.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", from)) {
		from = 0 // The origin does not resume, and sends the whole.
	}
	if err := out.Truncate(from); err != nil {
		return 0, err
	}
	if _, err := out.Seek(from, io.SeekStart); err != nil {
		return 0, err
	}
	stall := time.AfterFunc(stallTimeout, func() { cancel(fmt.Errorf("nothing came for %s", stallTimeout)) })
	defer stall.Stop()
	total := f.Size
	if total == 0 && response.ContentLength > 0 {
		total = from + response.ContentLength
	}
	// One byte more than there may be tells a longer file from a whole one.
	body := &counter{Reader: io.LimitReader(response.Body, f.most()-from+1), name: f.Name, done: from, total: total, progress: c.Progress, stall: stall}
	written, err := io.Copy(out, body)
	size = from + written
	var disk *fs.PathError
	switch {
	case errors.As(err, &disk):
		return 0, err
	case err != nil:
		return 0, fmt.Errorf("the connection was cut at byte %d: %w", size, cmp.Or(context.Cause(ctx), urlerror.Cause(err)))
	case size < f.Size:
		return 0, fmt.Errorf("the answer ended at byte %d of %d", size, f.Size)
	case size > f.most():
		return 0, errors.Join(contentError(fmt.Sprintf("it has more than the %d bytes that it may have", f.most())), out.Truncate(0))
	}
	return size, out.Sync()
}

// most is how many bytes the file may have.
func (f File) most() int64 { return cmp.Or(f.Size, f.Limit) }

// counter reports a download at every tenth of the file.
type counter struct {
	io.Reader
	name        string
	done, total int64
	progress    func(string)
	stall       *time.Timer
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.stall.Reset(stallTimeout)
	before := c.done * 10 / max(c.total, 1)
	c.done += int64(n)
	if now := c.done * 10 / max(c.total, 1); c.total > 0 && now > before && now < 10 {
		c.progress(fmt.Sprintf("%s: %d %% of %.1f MB", c.name, now*10, float64(c.total)/1e6))
	}
	return n, err
}

// verify reports whether a file has the size, where it is known, and the hash.
func verify(path string, f File) (bool, error) {
	in, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { _ = in.Close() }()
	h := f.Hash()
	size, err := io.Copy(h, in)
	return (f.Size == 0 || size == f.Size) && hex.EncodeToString(h.Sum(nil)) == f.Sum, err
}
