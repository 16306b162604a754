// Package hub downloads checkpoints from a hub that speaks Hugging Face's
// protocol: it resumes what was cut off, verifies every file, and shows a
// folder only when it is whole.
package hub

import (
	"cmp"
	"context"
	"crypto/sha1" //nolint:gosec // Git's own hash of small files; large ones have SHA-256.
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seed-74198975/rsclip/inference/download"
	"github.com/seed-74198975/rsclip/inference/family"
	"github.com/seed-74198975/rsclip/internal/contract"
	"github.com/seed-74198975/rsclip/internal/filename"
)

// Wanted are the patterns of the files that an export needs.
var Wanted = append(family.TokenizerFiles(),
	"config.json", "preprocessor_config.json", "processor_config.json",
	"special_tokens_map.json", "tokenizer_config.json", "added_tokens.json",
	"*.safetensors", "*.safetensors.index.json",
)

// Options say what to pull, and from where.
type Options struct {
	// Repo is OWNER/NAME.
	Repo string
	// Revision is a branch, tag or commit. Default main.
	Revision string
	// Out is the folder to write. It must not be there.
	Out string
	// SHA256 is what [Pulled] must have, for a hub that is not trusted to list the
	// right hashes. Default: whatever it lists.
	SHA256 string
	// MaxBytes is the most that all files may have together. Default [DefaultMaxBytes].
	MaxBytes int64
	// Endpoint is the hub's address. Default [contract.HubEndpoint].
	Endpoint string
	// Token is sent to the hub, and to no host that it redirects to. Default none.
	Token string
	// Progress is told what has been done, a line at a time.
	Progress func(line string)
	// Wait is the time before a first retry, which doubles. Default 1 s.
	Wait time.Duration
}

// DefaultMaxBytes is far more than a SigLIP checkpoint has.
const DefaultMaxBytes = 64 << 30

// maxFiles is far more than a checkpoint has.
const maxFiles = 1000

// maxListing is the most bytes of a repository's listing.
const maxListing = 16 << 20

// reasons say what a hub's statuses mean.
var reasons = map[int]string{
	http.StatusUnauthorized:    "the hub wants a token: name a file with -token-file, or set HF_TOKEN",
	http.StatusForbidden:       "the token may not read the repository: accept its terms on the hub, or use another token",
	http.StatusNotFound:        "there is no such repository, revision or file, or it is private and wants a token",
	http.StatusTooManyRequests: "the hub asks to come back later",
}

// client is one pull.
type client struct {
	Options
	*download.Client
}

// Pulled is what a pull has brought.
type Pulled struct {
	// Commit is the revision's.
	Commit string
	// SHA256 is of all files: what `sha256sum * | sha256sum` prints in the folder.
	SHA256 string
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
)

// Pull downloads the wanted files of a repository into a folder, which appears
// whole or not at all. What was downloaded before a
// failure stays beside it, in OUT.partial, and the next pull goes on from there.
func Pull(ctx context.Context, o Options) (Pulled, error) {
	o.Revision = cmp.Or(o.Revision, "main")
	o.MaxBytes = cmp.Or(o.MaxBytes, DefaultMaxBytes)
	o.Endpoint = strings.TrimRight(cmp.Or(o.Endpoint, contract.HubEndpoint), "/")
	if err := o.check(); err != nil {
		return Pulled{}, fmt.Errorf("pulling: %w", err)
	}
	c := &client{Options: o, Client: &download.Client{
		HTTP: download.HTTP(), Token: o.Token, Reasons: reasons, Progress: o.Progress, Wait: o.Wait,
	}}
	defer c.HTTP.CloseIdleConnections()
	pulled, err := c.pull(ctx)
	if err != nil {
		return Pulled{}, fmt.Errorf("pulling %s@%s: %w", o.Repo, o.Revision, err)
	}
	return pulled, nil
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

func (c *client) pull(ctx context.Context) (Pulled, error) {
	list, err := c.list(ctx)
	if err != nil {
		return Pulled{}, err
	}
	files, err := wanted(list.Files, c.MaxBytes)
	if err != nil {
		return Pulled{}, err
	}
	partial := filepath.Clean(c.Out) + ".partial"
	if err := os.MkdirAll(partial, 0o755); err != nil {
		return Pulled{}, err
	}
	keep := make(map[string]bool, len(files))
	for _, f := range files {
		keep[f.Name] = true
		if err := c.fetch(ctx, list.Commit, f, partial); err != nil {
			return Pulled{}, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	// An earlier pull of another commit may have left files that this has not.
	entries, err := os.ReadDir(partial)
	if err != nil {
		return Pulled{}, err
	}
	for _, e := range entries {
		if !keep[e.Name()] {
			if err := os.Remove(filepath.Join(partial, e.Name())); err != nil {
				return Pulled{}, err
			}
		}
	}
	sum, err := sumOf(partial, slices.Sorted(maps.Keys(keep)))
	if err != nil {
		return Pulled{}, err
	}
	if c.SHA256 != "" && sum != c.SHA256 {
		return Pulled{}, fmt.Errorf("the checkpoint's SHA-256 is %s, not %s: the hub has other files than were expected", sum, c.SHA256)
	}
	return Pulled{Commit: list.Commit, SHA256: sum}, os.Rename(partial, c.Out)
}

// fetch downloads a file into a folder, unless it is there and right. What is
// incomplete has a name of its own, made of the hash, so that a pull of other
// content never goes on from it.
func (c *client) fetch(ctx context.Context, commit string, f file, dir string) error {
	begin := sha256.New
	if f.LFS == nil {
		begin = func() hash.Hash {
			h := sha1.New() //nolint:gosec // See the import.
			_, _ = fmt.Fprintf(h, "blob %d\x00", f.Size)
			return h
		}
	}
	return c.Fetch(ctx, download.File{
		Name: f.Name, URL: fmt.Sprintf("%s/%s/resolve/%s/%s", c.Endpoint, c.Repo, commit, url.PathEscape(f.Name)),
		Size: f.Size, Hash: begin, Sum: f.hash(),
	}, filepath.Join(dir, "."+f.hash()+".incomplete"), filepath.Join(dir, f.Name))
}

// sumOf returns the hash of the list of the files' hashes.
func sumOf(dir string, names []string) (string, error) {
	list := sha256.New()
	for _, name := range names {
		in, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		h := sha256.New()
		_, err = io.Copy(h, in)
		if err := errors.Join(err, in.Close()); err != nil {
			return "", err
		}
		_, _ = fmt.Fprintf(list, "%x  %s\n", h.Sum(nil), name)
	}
	return hex.EncodeToString(list.Sum(nil)), nil
}

// list asks the hub which files a revision has.
func (c *client) list(ctx context.Context) (*listing, error) {
	address := fmt.Sprintf("%s/api/models/%s/revision/%s?blobs=true", c.Endpoint, c.Repo, url.PathEscape(c.Revision))
	var list listing
	err := c.Retry(ctx, func() error {
		response, err := c.Get(ctx, address, 0)
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
	if !isHash(list.Commit) {
		return nil, fmt.Errorf("the hub's listing has the commit %.80q: is the endpoint a hub?", list.Commit)
	}
	if contract.Commit.MatchString(c.Revision) && list.Commit != c.Revision {
		return nil, fmt.Errorf("the hub's listing is of commit %s: the endpoint answers with another revision", list.Commit)
	}
	return &list, nil
}

// wanted picks the files that an export needs, and checks what the hub says of
// them. The sizes that it says bound what is downloaded.
func wanted(files []file, maxBytes int64) ([]file, error) {
	var out []file
	weights, left, names := false, maxBytes, make(map[string]bool)
	has := func(name string) bool { return slices.ContainsFunc(files, func(f file) bool { return f.Name == name }) }
	for _, foreign := range family.ForeignFiles {
		if has(foreign.Name) && (!foreign.Alone || !has("config.json")) {
			return nil, fmt.Errorf("the repository is no checkpoint that can be exported: %w", foreign)
		}
	}
	for _, f := range files {
		if !isWanted(f.Name) {
			continue
		}
		switch {
		case !filename.IsPlain(f.Name) || strings.HasPrefix(f.Name, ".") || f.Size < 0 || !isHash(f.hash()):
			return nil, fmt.Errorf("the hub lists %.80q with %d bytes and hash %.80q, which cannot be", f.Name, f.Size, f.hash())
		case names[f.Name]:
			return nil, fmt.Errorf("the hub lists %s twice, which cannot be", f.Name)
		case len(out) == maxFiles:
			return nil, fmt.Errorf("the hub lists more than %d files that an export needs, which no checkpoint has", maxFiles)
		case f.Size > left:
			return nil, fmt.Errorf("with %s the files have more than %d bytes: raise -max-bytes if they should", f.Name, maxBytes)
		}
		names[f.Name], left = true, left-f.Size
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

// isHash reports whether a hub may list it: git's hash, or SHA-256.
func isHash(s string) bool { return contract.Commit.MatchString(s) || contract.SHA256.MatchString(s) }

// readAll reads a body of at most limit bytes.
func readAll(r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("the answer has more than %d bytes", limit)
	}
	return data, err
}
