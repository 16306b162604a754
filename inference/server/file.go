package server

import (
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// fileCheck is how often, at most, a file is looked at for changes.
const fileCheck = time.Second

// file is the parsed content of a file that may change, such as a mounted
// Secret. A change that cannot be read is logged, and what was there stays.
type file[T any] struct {
	path  string
	log   *slog.Logger
	parse func([]byte) (T, error)

	mu      sync.Mutex
	checked time.Time
	stamp   stamp
	value   T
}

// stamp tells two versions of a file apart. A Secret's switch of symbolic links
// shows in the time of what they lead to.
type stamp struct {
	modified time.Time
	size     int64
}

// openFile reads a file for the first time.
func openFile[T any](path string, log *slog.Logger, parse func([]byte) (T, error)) (*file[T], error) {
	f := &file[T]{path: path, log: log, parse: parse}
	if err := f.read(); err != nil {
		return nil, err
	}
	return f, nil
}

// get returns the latest content that could be read.
func (f *file[T]) get() T {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.checked) >= fileCheck {
		if err := f.read(); err != nil {
			f.log.Error("a changed file cannot be used, the one before stays in force", "err", err)
		}
	}
	return f.value
}

// read reads the file where it has changed.
func (f *file[T]) read() error {
	f.checked = time.Now()
	info, err := os.Stat(f.path)
	if err != nil {
		return err
	}
	now := stamp{info.ModTime(), info.Size()}
	if now == f.stamp {
		return nil
	}
	data, err := os.ReadFile(f.path)
	if err != nil {
		return err
	}
	value, err := f.parse(data)
	if err != nil {
		return fmt.Errorf("reading %s: %w", f.path, err)
	}
	f.stamp, f.value = now, value
	return nil
}
