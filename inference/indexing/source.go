package indexing

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Source is a picture or a scene, and what is known of it.
type Source struct {
	// Name is a path, or an http or https address.
	Name string
	// Line is where a list names it, from 1; 0 for a file of a folder.
	Line int
	// Datetime is when it was taken, in milliseconds since 1970; nil if unknown.
	Datetime *int64
	// CloudCover is in percent; nil if unknown.
	CloudCover *float64
	// Properties are those of its STAC item that are wanted, as JSON; nil for none.
	Properties *string
	// Size is that of a file in bytes; 0 if unknown.
	Size int64
}

// extensions are those of the pictures that a folder is searched for.
var extensions = []string{".tif", ".tiff", ".jp2", ".j2k", ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"}

// maxLine bounds a line of a list or of STAC items.
const maxLine = 4 << 20

// Sources returns the sources that a name stands for: the pictures in and below a
// folder, the paths of a pattern such as 'scenes/*.tif', or the lines of a list, of
// standard input if the name is -. They are in a fixed order.
func Sources(name string, stdin io.Reader) ([]Source, error) {
	if name == "-" {
		return listed("standard input", stdin)
	}
	stat, err := os.Stat(name)
	switch {
	case err != nil:
		paths, err := matching(name, "pictures", err)
		return named(paths), err
	case stat.IsDir():
		paths, err := below(name, extensions)
		if err == nil && len(paths) == 0 {
			err = fmt.Errorf("%s has no pictures: they end with one of %s", name, strings.Join(extensions, ", "))
		}
		return named(paths), err
	case slices.Contains(extensions, strings.ToLower(filepath.Ext(name))):
		return named([]string{name}), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return listed(name, file)
}

// listed reads a list of paths and addresses, which has some.
func listed(name string, from io.Reader) ([]Source, error) {
	out, err := lines(name, from)
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("%s is empty: write a path or an address of a picture on each line", name)
	}
	return out, err
}

// Lines returns the lines of a file, of standard input if its name is -, which are not
// empty. A byte order mark, carriage returns and white space around a line are left
// out.
func Lines(name string, stdin io.Reader) ([]Source, error) {
	if name == "-" {
		return lines("standard input", stdin)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return lines(name, file)
}

func named(paths []string) []Source {
	out := make([]Source, len(paths))
	for i, path := range paths {
		out[i].Name = path
	}
	return out
}

// lines reads a list: a path or address a line. A byte order mark, carriage returns
// and empty lines are passed over.
func lines(name string, from io.Reader) (out []Source, err error) {
	err = eachLine(name, from, func(number int, line string) error {
		out = append(out, Source{Name: line, Line: number})
		return nil
	})
	return out, err
}

// eachLine calls do with the lines of a list that are not empty, and their numbers
// from 1.
func eachLine(name string, from io.Reader, do func(number int, line string) error) error {
	scanner := bufio.NewScanner(from)
	scanner.Buffer(nil, maxLine)
	number := 0
	for scanner.Scan() {
		number++
		line := scanner.Text()
		if number == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := do(number, line); err != nil {
			return err
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("reading %s after line %d: %w", name, number, err)
	}
	return nil
}
