// Package archive unpacks archives of model folders, of which it trusts nothing.
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
)

// maxEntries is far more than a model folder has.
const maxEntries = 1000

// Unpack writes the files of a .tar or .tar.gz, of at most limit bytes in all,
// into a folder. They lie at the archive's root or in one folder of it, and are
// plain files: a link, a device, a path that leads elsewhere or a second file of
// one name is refused.
func Unpack(ctx context.Context, in io.Reader, dir string, limit int64) error {
	buffered := bufio.NewReader(in)
	var plain io.Reader = buffered
	if magic, err := buffered.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		unzipped, err := gzip.NewReader(buffered)
		if err != nil {
			return fmt.Errorf("unpacking: %w", err)
		}
		plain = unzipped
	}
	u := unpacking{dir: dir, left: limit, limit: limit}
	entries := tar.NewReader(plain)
	for range maxEntries {
		if err := ctx.Err(); err != nil {
			return err
		}
		header, err := entries.Next()
		if errors.Is(err, io.EOF) && u.files > 0 {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return errors.New("unpacking: the archive has no files")
		}
		if err != nil {
			return fmt.Errorf("unpacking: %w: must be a .tar or .tar.gz", err)
		}
		if err := u.entry(header, entries); err != nil {
			return fmt.Errorf("unpacking %.200q: %w", header.Name, err)
		}
	}
	return fmt.Errorf("unpacking: the archive has more than %d entries, which no model folder has", maxEntries)
}

type unpacking struct {
	dir         string
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
	folder, name := path.Split(path.Clean(header.Name))
	if u.files > 0 && folder != u.folder {
		return fmt.Errorf("it lies in another folder than the files before, %.200q: must be one folder for all", u.folder)
	}
	if header.Size > u.left {
		return fmt.Errorf("with it the files have more than %d bytes: raise the limit if they should", u.limit)
	}
	u.files, u.folder, u.left = u.files+1, folder, u.left-header.Size
	out, err := os.OpenFile(filepath.Join(u.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = io.CopyN(out, content, header.Size)
	return errors.Join(err, out.Sync(), out.Close())
}
