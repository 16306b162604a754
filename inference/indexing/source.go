package indexing

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
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
	out, err := lines(name, from, trimmed)
	for i, s := range out {
		if !isFileURL(s.Name) {
			continue
		}
		if out[i].Name, err = fileOf(s.Name); err != nil {
			return nil, fmt.Errorf("line %d of %s: %w", s.Line, name, err)
		}
	}
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("%s is empty: write a path or an address of a picture on each line", name)
	}
	return out, err
}

// Lines returns the paths or addresses that a file lists, or standard input if its name
// is -: one a line, without the white space around it. Blank lines are passed over.
func Lines(name string, stdin io.Reader) ([]Source, error) {
	return readLines(name, stdin, trimmed)
}

// Texts returns the texts of a file, of standard input if its name is -: one a line,
// as it stands, since a tokenizer may make tokens of white space. Empty lines are
// passed over, and lines that are not UTF-8 are an error.
func Texts(name string, stdin io.Reader) ([]Source, error) {
	texts, err := readLines(name, stdin, verbatim)
	for _, text := range texts {
		if !utf8.ValidString(text.Name) {
			return nil, fmt.Errorf("line %d of %s is not UTF-8: save the file as that", text.Line, name)
		}
	}
	return texts, err
}

func readLines(name string, stdin io.Reader, taken func(string) string) ([]Source, error) {
	if name == "-" {
		return lines("standard input", stdin, taken)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return lines(name, file, taken)
}

// What is taken of a line. The line's end, LF or CRLF, and a byte order mark at the
// start of the file are no part of it.
var (
	trimmed  = strings.TrimSpace
	verbatim = func(line string) string { return line }
)

func named(paths []string) []Source {
	out := make([]Source, len(paths))
	for i, path := range paths {
		out[i].Name = path
	}
	return out
}

// lines returns what is taken of each line that has something.
func lines(name string, from io.Reader, taken func(string) string) (out []Source, err error) {
	err = eachLine(name, from, taken, func(number int, line string) error {
		out = append(out, Source{Name: line, Line: number})
		return nil
	})
	return out, err
}

// eachLine calls do with what is taken of each line, unless it is nothing, and with the
// line's number from 1.
func eachLine(name string, from io.Reader, taken func(string) string, do func(number int, line string) error) error {
	scanner := bufio.NewScanner(from)
	scanner.Buffer(nil, maxLine)
	number := 0
	for scanner.Scan() {
		number++
		line := scanner.Text()
		if number == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if line = taken(line); line == "" {
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
