// Package wholefolder makes folders whole: under another name first, which then takes
// the place of the folder that is meant.
package wholefolder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lockPeriod is how often a lock that another has is asked for.
const lockPeriod = time.Second

// Ensure makes a folder unless it is there and sound, which is what prove finds. Of
// programs that share the parent folder, on several machines too where its filesystem
// has locks, one at a time does so, and the others wait. What a program that was killed
// has left is removed.
func Ensure(ctx context.Context, dir string, prove func(context.Context) error, progress func(line string), make func() error) error {
	parent, name := filepath.Split(filepath.Clean(dir))
	if err := os.MkdirAll(filepath.Clean(parent), 0o755); err != nil {
		return fmt.Errorf("making the folder's place: %w", err)
	}
	unlock, err := lock(ctx, filepath.Join(parent, "."+name+".lock"), progress)
	if err != nil {
		return fmt.Errorf("locking the folder's place: %w", err)
	}
	defer unlock()
	err = prove(ctx)
	if err == nil {
		progress(dir + ": is there, and sound")
		return nil
	}
	if _, missing := os.Stat(dir); !errors.Is(missing, fs.ErrNotExist) {
		progress(fmt.Sprintf("%v; making it anew", err))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := sweep(parent, partialOf(dir)); err != nil {
		return fmt.Errorf("removing what was left: %w", err)
	}
	return make()
}

// sweep removes the entries of a folder whose names begin so.
func sweep(parent, beginning string) error {
	entries, err := os.ReadDir(filepath.Clean(parent))
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), beginning) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(parent, e.Name())))
		}
	}
	return err
}

// lock takes a lock that ends with the process. Its file stays: to remove it
// would let two programs lock two files of one name.
func lock(ctx context.Context, path string, progress func(line string)) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for waiting := false; ; waiting = true {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
		}
		if !waiting {
			progress("waiting for another program, which makes the same folder")
		}
		select {
		case <-time.After(lockPeriod):
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		}
	}
}
