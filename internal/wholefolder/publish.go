package wholefolder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Publish lets write fill a folder that appears as out when it is complete, in
// the place of one that is there.
func Publish(out string, write func(dir string) error) error {
	parent := filepath.Dir(filepath.Clean(out))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(parent, partialOf(out))
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }() // Gone already where all went well.
	if err := write(work); err != nil {
		return err
	}
	return replace(work, out, exchange)
}

// partialOf begins the names of folders that are not yet out.
func partialOf(out string) string { return "." + filepath.Base(out) + ".partial-" }

// replace puts a finished folder in its place.
func replace(work, out string, exchange func(a, b string) error) error {
	if err := os.Chmod(work, 0o755); err != nil {
		return err
	}
	err := os.Rename(work, out)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	// In one step, so that readers find one or the other, and another writer too.
	if exchange(work, out) == nil {
		return os.RemoveAll(work)
	}
	// Not all filesystems can do that.
	old := work + ".old"
	if err := os.Rename(out, old); err != nil {
		return err
	}
	return errors.Join(os.Rename(work, out), os.RemoveAll(old))
}

// exchange gives each of two folders the other's name.
func exchange(a, b string) error {
	return unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
}
