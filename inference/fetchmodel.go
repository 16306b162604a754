package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/seed-74198975/rsclip/inference/archive"
	"github.com/seed-74198975/rsclip/inference/download"
	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
	"github.com/seed-74198975/rsclip/internal/contract"
	"github.com/seed-74198975/rsclip/internal/wholefolder"
)

// archiveRecord is the file of a fetched folder with the SHA-256 of the archive
// that it was unpacked from.
const archiveRecord = "archive.sha256"

// fetched is a kind of archive that is fetched.
type fetched struct {
	archive.Kind

	command string
	env     string // variable of an address that is secret
	// sound proves a folder.
	sound func(ctx context.Context, dir string) error
}

// fetchModel is `rsclip fetch-model`: a model folder out of an archive.
func fetchModel(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return fetched{archive.Model, contract.FetchModel, contract.ArchiveURLEnv, modelfolder.Verify}.fetch(ctx, args, stdout, stderr)
}

// fetchIndex is `rsclip fetch-index`: an index out of an archive.
func fetchIndex(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	sound := func(ctx context.Context, dir string) error {
		_, err := indexing.Check(ctx, dir)
		return err
	}
	return fetched{archive.Index, contract.FetchIndex, contract.IndexArchiveURLEnv, sound}.fetch(ctx, args, stdout, stderr)
}

func (f fetched) fetch(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet(f.command, flag.ContinueOnError)
	address := flags.String(contract.URLFlag, "", "`address` of a .tar or .tar.gz of the "+f.Name+"; none means the environment's "+f.env)
	sum := flags.String(contract.SHA256Flag, "", "the archive's SHA-256 in `hexadecimal` digits")
	out := flags.String(contract.OutFlag, "", "`folder` to write, unless the archive's is there")
	limit := flags.Int64("max-bytes", 64<<30, "most `bytes` of the archive, and of its files")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	secret := cmp.Or(*address, strings.TrimSpace(os.Getenv(f.env)))
	from, err := url.Parse(secret)
	switch {
	case err != nil || from.Scheme != "http" && from.Scheme != "https" || from.Host == "":
		return fmt.Errorf("-url is missing or no http or https address: name one, or set %s where it is secret", f.env)
	case !contract.SHA256.MatchString(*sum):
		return fmt.Errorf("-sha256 is %.80q: must be 64 hexadecimal digits in lower case, as sha256sum prints them", *sum)
	case *out == "":
		return errors.New("-out is missing: name a folder")
	case *limit <= 0:
		return fmt.Errorf("-max-bytes is %d: must be above zero", *limit)
	}
	client := &download.Client{
		HTTP:     download.HTTP(),
		Progress: func(line string) { _, _ = fmt.Fprintln(stderr, line) },
		Reasons: map[int]string{
			http.StatusForbidden: "the store refuses the address, which may be signed for a time that is over",
			http.StatusNotFound:  "the store has nothing at the address",
		},
	}
	prove := func(ctx context.Context) error {
		if recorded, err := os.ReadFile(filepath.Join(*out, archiveRecord)); err != nil || string(recorded) != *sum {
			return fmt.Errorf("%s is not of this archive", *out)
		}
		return f.sound(ctx, *out)
	}
	err = wholefolder.Ensure(ctx, *out, prove, client.Progress, func() error {
		packed := filepath.Clean(*out) + ".archive"
		err := client.Fetch(ctx, download.File{
			Name: path.Base(from.Path), URL: secret, Limit: *limit, Hash: sha256.New, Sum: *sum,
		}, packed+"."+(*sum)[:12]+".incomplete", packed)
		if err != nil {
			return fmt.Errorf("fetching from %s: %w", from.Host, err)
		}
		if err := wholefolder.Publish(*out, func(dir string) error { return f.unpack(ctx, packed, dir, *limit, *sum) }); err != nil {
			return err // The archive stays, so that the next try need not fetch it.
		}
		return os.Remove(packed)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s: of the archive with SHA-256 %s\n", *out, *sum)
	return err
}

// unpack unpacks a folder, proves it, and records where it is from.
func (f fetched) unpack(ctx context.Context, packed, dir string, limit int64, sum string) error {
	in, err := os.Open(packed)
	if err != nil {
		return fmt.Errorf("unpacking: %w", err)
	}
	defer func() { _ = in.Close() }()
	if err := archive.Unpack(ctx, in, dir, f.Kind, limit); err != nil {
		return err
	}
	if err := f.sound(ctx, dir); err != nil {
		return fmt.Errorf("the archive is no %s: %w", f.Name, err)
	}
	return os.WriteFile(filepath.Join(dir, archiveRecord), []byte(sum), 0o644)
}
