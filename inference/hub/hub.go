// Package hub downloads checkpoints from a hub that speaks Hugging Face's
// protocol: it resumes what was cut off, verifies every file, and shows a
// folder only when it is whole.
package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"time"
)

// DefaultEndpoint is the hub where none is named.
const DefaultEndpoint = "https://huggingface.co"

// Wanted are the patterns of the files that an export needs.
var Wanted = []string{
	"config.json", "preprocessor_config.json", "special_tokens_map.json", "tokenizer_config.json",
	"spiece.model", "tokenizer.json", "*.safetensors", "*.safetensors.index.json",
}

// Options say what to pull, and from where.
type Options struct {
	// Repo is OWNER/NAME.
	Repo string
	// Revision is a branch, tag or commit. Default main.
	Revision string
	// Out is the folder to write. It must not be there.
	Out string
	// Endpoint is the hub's address. Default [DefaultEndpoint].
	Endpoint string
	// Token is sent to the hub, and to no host that it redirects to. Default none.
	Token string
	// Progress is told what has been done, a line at a time.
	Progress func(line string)
	// Wait is the time before a first retry, which doubles. Default 1 s.
	Wait time.Duration
}

const (
	attempts      = 6
	maxListing    = 16 << 20 // bytes of a repository's listing
	headerTimeout = 30 * time.Second
)

// client is one pull.
type client struct {
	Options
	http *http.Client
}

// file is one file of a repository.
type file struct {
	Name string `json:"rfilename"`
	Size int64  `json:"size"`
	// BlobID is git's hash of a file that is in git itself.
	BlobID string `json:"blobId"`
	// LFS describes a large file, which is elsewhere.
	LFS *struct {
		SHA256 string `json:"sha256"`
		Size   int64  `json:"size"`
	} `json:"lfs"`
}

// listing is a repository at one commit.
type listing struct {
	Commit string `json:"sha"`
	Files  []file `json:"siblings"`
}

var (
	repoForm     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$`)
	revisionForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
	hashForm     = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
)

// Pull downloads the wanted files of a repository into a folder, which appears
// whole or not at all, and returns the commit. What was downloaded before a
// failure stays beside it, in OUT.partial, and the next pull goes on from there.
func Pull(ctx context.Context, o Options) (commit string, err error) {
	o.Revision = cmp.Or(o.Revision, "main")
	o.Endpoint = cmp.Or(o.Endpoint, DefaultEndpoint)
	o.Wait = cmp.Or(o.Wait, time.Second)
	if err := o.check(); err != nil {
		return "", fmt.Errorf("pulling: %w", err)
	}
	// Proxies of the environment are used: the user chose this host.
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = headerTimeout
	c := &client{Options: o, http: &http.Client{Transport: transport, CheckRedirect: keepToken}}
	if commit, err = c.pull(ctx); err != nil {
		return "", fmt.Errorf("pulling %s@%s: %w", o.Repo, o.Revision, err)
	}
	return commit, nil
}

func (o Options) check() error {
	endpoint, err := url.Parse(o.Endpoint)
	switch {
	case !repoForm.MatchString(o.Repo):
		return fmt.Errorf("the repository is %q: must be OWNER/NAME", o.Repo)
	case !revisionForm.MatchString(o.Revision):
		return fmt.Errorf("the revision is %q: must be a branch, tag or commit", o.Revision)
	case err != nil || endpoint.Scheme != "http" && endpoint.Scheme != "https" || endpoint.Host == "":
		return fmt.Errorf("the endpoint is %q: must be an http or https address", o.Endpoint)
	}
	if _, err := os.Stat(o.Out); err == nil {
		return fmt.Errorf("%s is already there: name another folder, or remove it", o.Out)
	}
	return nil
}

// keepToken sends the token to the hub's own host only.
func keepToken(next *http.Request, via []*http.Request) error {
	if len(via) > 10 {
		return errors.New("there are more than 10 redirects")
	}
	if next.URL.Host != via[0].URL.Host || next.URL.Scheme != via[0].URL.Scheme {
		next.Header.Del("Authorization")
	}
	return nil
}

func (c *client) pull(ctx context.Context) (string, error) {
	list, err := c.list(ctx)
	if err != nil {
		return "", err
	}
	files, err := wanted(list.Files)
	if err != nil {
		return "", err
	}
	partial := filepath.Clean(c.Out) + ".partial"
	if err := os.MkdirAll(partial, 0o755); err != nil {
		return "", err
	}
	keep := make(map[string]bool, len(files))
	for _, f := range files {
		keep[f.Name] = true
		if err := c.fetch(ctx, list.Commit, f, partial); err != nil {
			return "", fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	// An earlier pull of another commit may have left files that this has not.
	entries, err := os.ReadDir(partial)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if !keep[e.Name()] {
			if err := os.Remove(filepath.Join(partial, e.Name())); err != nil {
				return "", err
			}
		}
	}
	return list.Commit, os.Rename(partial, c.Out)
}

// list asks the hub which files a revision has.
func (c *client) list(ctx context.Context) (*listing, error) {
	address := fmt.Sprintf("%s/api/models/%s/revision/%s?blobs=true", c.Endpoint, c.Repo, url.PathEscape(c.Revision))
	var list listing
	err := c.retry(ctx, func() error {
		response, err := c.get(ctx, address, 0)
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		data, err := readAll(response.Body, maxListing)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, &list); err != nil {
			return fmt.Errorf("the hub's listing cannot be read: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !hashForm.MatchString(list.Commit) {
		return nil, fmt.Errorf("the hub's listing has the commit %.80q: is the endpoint a hub?", list.Commit)
	}
	return &list, nil
}

// wanted picks the files that an export needs, and checks what the hub says of them.
func wanted(files []file) ([]file, error) {
	var out []file
	weights := false
	for _, f := range files {
		if !isWanted(f.Name) {
			continue
		}
		if !filepath.IsLocal(f.Name) || f.Size < 0 || !hashForm.MatchString(f.hash()) {
			return nil, fmt.Errorf("the hub lists %.80q with %d bytes and hash %.80q, which cannot be", f.Name, f.Size, f.hash())
		}
		weights = weights || path.Ext(f.Name) == ".safetensors"
		out = append(out, f)
	}
	if !weights {
		return nil, errors.New("the repository has no *.safetensors: only such weights are read")
	}
	return out, nil
}

func isWanted(name string) bool {
	for _, pattern := range Wanted {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return false
}

// hash returns the hash that the hub gives: SHA-256 of a large file, or git's.
func (f file) hash() string {
	if f.LFS != nil {
		return f.LFS.SHA256
	}
	return f.BlobID
}
