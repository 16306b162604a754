package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// fileCheck is how often, at most, a file is looked at for changes.
const fileCheck = time.Second

// file is the parsed content of a file that may change, such as a mounted
// Secret. It is read to be compared, since two versions may have one time and
// size.
type file[T any] struct {
	path string
	log  *slog.Logger
	// parse may return a value beside an error: what of the content can be used.
	parse func([]byte) (T, error)
	// keep has what was there stay in force where a change cannot be used, or the
	// file is gone. Otherwise what can be used of it is in force, and no more.
	keep bool

	mu      sync.Mutex
	checked time.Time
	content []byte // of value
	value   T
	err     error // of the last look
}

// get returns the content in force, and what is wrong with the file.
func (f *file[T]) get() (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.checked) >= fileCheck {
		before := fmt.Sprint(f.err)
		if err := f.read(); err != nil && fmt.Sprint(err) != before {
			f.log.Error("a changed file cannot be used", "kept_the_one_before", f.keep, "err", err)
		}
	}
	return f.value, f.err
}

// read reads the file, and parses it where it has changed.
func (f *file[T]) read() error {
	f.checked = time.Now()
	content, err := os.ReadFile(f.path)
	if err == nil && f.content != nil && bytes.Equal(content, f.content) {
		if f.keep {
			f.err = nil
		}
		return f.err
	}
	var value T
	if err == nil {
		if value, err = f.parse(content); err != nil {
			err = fmt.Errorf("reading %s: %w", f.path, err)
		}
	} else {
		content = nil
	}
	f.err = err
	if err == nil || !f.keep {
		f.content, f.value = content, value
	}
	return err
}
