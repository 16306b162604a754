// Package wholefile writes files whole: under another name first, which then takes the
// place of the file that is meant. Errors name that one.
package wholefile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Leftovers is the pattern of the names of files that were not finished, in the folder
// of those that were meant.
const Leftovers = ".writing-*"

// File is a file that is not in its place yet.
type File struct {
	file *os.File
	path string
}

// Create begins a file. Either [File.Publish] or [File.Discard] must follow.
func Create(path string) (*File, error) {
	file, err := os.CreateTemp(filepath.Dir(path), Leftovers)
	if err != nil {
		return nil, named(path, err)
	}
	return &File{file, path}, nil
}

// Write writes to its end.
func (f *File) Write(data []byte) (int, error) {
	n, err := f.file.Write(data)
	return n, named(f.path, err)
}

// Publish ends the file, and puts it in its place.
func (f *File) Publish() error {
	err := errors.Join(f.file.Chmod(0o644), f.file.Sync(), f.file.Close())
	if err == nil {
		err = os.Rename(f.file.Name(), f.path)
	}
	return named(f.path, err)
}

// Discard removes a file that was not published.
func (f *File) Discard() {
	_ = f.file.Close()
	_ = os.Remove(f.file.Name()) // It is not there any more if it was published.
}

// Write writes a file by a function.
func Write(path string, by func(io.Writer) error) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Discard()
	if err := by(f); err != nil {
		return err
	}
	return f.Publish()
}

// named is an error that names the file that is meant, and not the one that is written.
func named(path string, err error) error {
	if err == nil {
		return nil
	}
	var at *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &at):
		err = at.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("writing %s: %w", path, err)
}
