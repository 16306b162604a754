// Package archive unpacks archives of model folders and indexes, of which it trusts nothing.
package archive

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/seed-74198975/rsclip/inference/hollow"
	"github.com/seed-74198975/rsclip/internal/filename"
)

// Kind is what may be in an archive.
type Kind struct {
	// Name is of what it is.
	Name string
	// Entries is far more than it has.
	Entries int
	// Parts matches the names of folders in it; nil if it has none.
	Parts *regexp.Regexp
}

// The kinds.
var (
	Model = Kind{Name: "model folder", Entries: 1000}
	Index = Kind{Name: "index", Entries: 100_000, Parts: regexp.MustCompile(`^part-[0-9]+-of-[0-9]+$`)}
)

// headerBytes is how many bytes the headers of an entry may have on average. The reader of
// archives bounds those of one, and takes any number of them.
const headerBytes = 16 << 10

// Unpack writes the files of a .tar or .tar.gz, of at most limit bytes in all,
// into a folder. They lie at the archive's root or in one folder of it, or there in
// folders for parts, and are plain files: a link, a device, a path that leads elsewhere or
// a second file of one name is refused.
func Unpack(ctx context.Context, in io.Reader, dir string, kind Kind, limit int64) error {
	buffered := bufio.NewReader(in)
	var plain io.Reader = buffered
	if magic, err := buffered.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		guard := hollow.NewGuard(buffered)
		unzipped, err := gzip.NewReader(guard)
		if err != nil {
			return fmt.Errorf("unpacking: %w", err)
		}
		plain = guarded{unzipped, guard}
	}
	u := unpacking{dir: dir, kind: kind, left: limit, limit: limit}
	entries := tar.NewReader(&bounded{ctx: ctx, Reader: plain, left: limit + headerBytes*int64(kind.Entries)})
	for range kind.Entries {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) && u.files > 0 {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return errors.New("unpacking: the archive has no files")
		}
		if errors.Is(err, errTooLong) || errors.Is(err, hollow.Err) || ctx.Err() != nil {
			return fmt.Errorf("unpacking: %w", err)
		}
		if err != nil {
			return fmt.Errorf("unpacking: %w: must be a .tar or .tar.gz", err)
		}
		if err := u.entry(header, entries); err != nil {
			return fmt.Errorf("unpacking %.200q: %w", header.Name, err)
		}
	}
	return fmt.Errorf("unpacking: the archive has more than %d entries, which no %s has", kind.Entries, kind.Name)
}

// guarded tells a guard of what is unpacked.
type guarded struct {
	io.Reader
	guard *hollow.Guard
}

func (g guarded) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	g.guard.Gave(n)
	return n, err
}

// errTooLong reports an archive that goes on after all that it may have.
var errTooLong = errors.New("the archive has more bytes than its files may have")

// bounded reads an archive until it is too long, or nobody waits for it.
type bounded struct {
	io.Reader
	ctx  context.Context
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLong
	}
	return n, err
}

type unpacking struct {
	dir         string
	kind        Kind
	left, limit int64 // bytes
	files       int
	folder      string // of the archive, where the files are
}

func (u *unpacking) entry(header *tar.Header, content io.Reader) error {
	switch header.Typeflag {
	case tar.TypeReg:
	case tar.TypeDir, tar.TypeXGlobalHeader:
		return nil
	default:
		return fmt.Errorf("it is no plain file (type %q): put the files themselves into the archive", header.Typeflag)
	}
	if !filepath.IsLocal(header.Name) {
		return errors.New("its path leads out of the archive: must be a name, or a folder and a name")
	}
	for key := range header.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return errors.New("it is sparse, so that a small archive may fill a disk: pack it without --sparse")
		}
	}
	folder, name := path.Split(path.Clean(header.Name))
	if !filename.IsPlain(name) {
		return errors.New("its name has other characters than letters, digits, '.', '_' and '-', or is too long")
	}
	into := u.dir
	if part := path.Base(folder); u.kind.Parts != nil && u.kind.Parts.MatchString(part) {
		folder, _ = path.Split(path.Clean(folder))
		into = filepath.Join(into, part)
		if err := os.MkdirAll(into, 0o755); err != nil {
			return err
		}
	}
	if u.files > 0 && folder != u.folder {
		return fmt.Errorf("it lies in another folder than the files before, %.200q: must be one folder for all", u.folder)
	}
	if header.Size > u.left {
		return fmt.Errorf("with it the files have more than %d bytes: raise the limit if they should", u.limit)
	}
	u.files, u.folder, u.left = u.files+1, folder, u.left-header.Size
	out, err := os.OpenFile(filepath.Join(into, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.CopyN(out, content, header.Size)
	return errors.Join(err, out.Sync(), out.Close())
}
