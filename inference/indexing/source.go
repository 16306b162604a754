package indexing

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
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
		return lines("standard input", stdin, trimmed)
	}
	stat, err := os.Stat(name)
	if err != nil {
		paths, globbed := filepath.Glob(name)
		if globbed != nil || len(paths) == 0 {
			return nil, fmt.Errorf("looking for pictures: %w", err)
		}
		slices.Sort(paths)
		return named(paths), nil
	}
	if stat.IsDir() {
		var paths []string
		err := filepath.WalkDir(name, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && slices.Contains(extensions, strings.ToLower(filepath.Ext(path))) {
				paths = append(paths, path)
			}
			return err
		})
		if err == nil && len(paths) == 0 {
			err = fmt.Errorf("%s has no pictures: they end with one of %s", name, strings.Join(extensions, ", "))
		}
		return named(paths), err
	}
	if slices.Contains(extensions, strings.ToLower(filepath.Ext(name))) {
		return named([]string{name}), nil
	}
	return Lines(name, nil)
}

// Lines returns the paths or addresses that a file lists, or standard input if its name
// is -: one a line, without the white space around it. Blank lines are passed over.
func Lines(name string, stdin io.Reader) ([]Source, error) {
	return readLines(name, stdin, trimmed)
}

// Texts returns the texts of a file, of standard input if its name is -: one a line,
// as it stands, since a tokenizer may make tokens of white space. Empty lines are
// passed over.
func Texts(name string, stdin io.Reader) ([]Source, error) {
	return readLines(name, stdin, verbatim)
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

// STACItems reads STAC items, one a line, and returns the asset that is named by key
// of each. Addresses are relative to the file's folder. Wanted are names of
// properties that go into the table.
//
// Format: STAC item specification 1.1.0.
func STACItems(name string, from io.Reader, asset string, wanted []string) (out []Source, err error) {
	folder := filepath.Dir(name)
	err = eachLine(name, from, trimmed, func(number int, line string) error {
		var item struct {
			Assets     map[string]struct{ Href string }
			Properties map[string]json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &item); err != nil {
			return fmt.Errorf("reading %s: line %d is no STAC item: %w", name, number, err)
		}
		href := item.Assets[asset].Href
		if href == "" {
			keys := []string{}
			for key := range item.Assets {
				keys = append(keys, key)
			}
			slices.Sort(keys)
			return fmt.Errorf("reading %s: line %d has no asset %q: it has %s", name, number, asset, strings.Join(keys, ", "))
		}
		if !strings.Contains(href, "://") && !filepath.IsAbs(href) {
			href = filepath.Join(folder, filepath.FromSlash(href))
		}
		s := Source{Name: href, Line: number}
		s.Datetime, s.CloudCover = itemDatetime(item.Properties), number64(item.Properties["eo:cloud_cover"])
		kept := map[string]json.RawMessage{}
		for _, key := range wanted {
			if v, ok := item.Properties[key]; ok {
				kept[key] = v
			}
		}
		if len(kept) > 0 {
			data, err := json.Marshal(kept)
			if err != nil {
				return fmt.Errorf("reading %s: line %d: %w", name, number, err)
			}
			text := string(data)
			s.Properties = &text
		}
		out = append(out, s)
		return nil
	})
	return out, err
}

// itemDatetime reads an item's time, or the beginning of its interval.
func itemDatetime(properties map[string]json.RawMessage) *int64 {
	for _, key := range []string{"datetime", "start_datetime"} {
		var text string
		if json.Unmarshal(properties[key], &text) != nil {
			continue
		}
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			ms := t.UnixMilli()
			return &ms
		}
	}
	return nil
}

func number64(raw json.RawMessage) *float64 {
	var v *float64
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return v
}
