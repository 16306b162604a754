package indexing

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-74198975/rsclip/internal/rfc3339"
)

// itemExtensions are those of the files of items that a folder is searched for.
var itemExtensions = []string{".json", ".geojson", ".jsonl", ".ndjson"}

// Items say where STAC items are, and what is wanted of them.
type Items struct {
	// Asset is the key of the asset of each item that is read.
	Asset string
	// Properties are names of those that go into the table.
	Properties []string
}

// STAC returns the sources that the items of a file name, of standard input if the name
// is -, of the files of a pattern, or of those in and below a folder. Catalogs and
// collections in a folder are passed over.
func (i Items) STAC(name string, stdin io.Reader) (out []Source, err error) {
	if name == "-" {
		return i.Read("standard input", stdin)
	}
	files, skipped, err := itemFiles(name)
	if err != nil {
		return nil, err
	}
	for _, path := range files {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		some, err := i.Read(path, file)
		_ = file.Close()
		if catalog := new(catalogError); skipped && errors.As(err, &catalog) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s has no STAC items: their files end with one of %s", name, strings.Join(itemExtensions, ", "))
	}
	return out, nil
}

// itemFiles are the files that a name stands for, and whether catalogs among them are
// passed over.
func itemFiles(name string) (files []string, skipped bool, err error) {
	stat, err := os.Stat(name)
	switch {
	case err != nil:
		files, err := matching(name, "STAC items", err)
		return files, true, err
	case !stat.IsDir():
		return []string{name}, false, nil
	}
	files, err = below(name, itemExtensions)
	return files, true, err
}

// matching are the files of a pattern. The problem is why it is not the name of one.
func matching(pattern, what string, problem error) ([]string, error) {
	if strings.Contains(pattern, "**") {
		return nil, fmt.Errorf("looking for %s: %q: ** is not known in patterns: name a folder for all that is below it", what, pattern)
	}
	paths, err := filepath.Glob(pattern)
	switch {
	case err != nil:
		return nil, fmt.Errorf("looking for %s: the pattern %q: %w", what, pattern, err)
	case len(paths) == 0 && strings.ContainsAny(pattern, "*?["):
		return nil, fmt.Errorf("looking for %s: nothing matches the pattern %q", what, pattern)
	case len(paths) == 0:
		return nil, fmt.Errorf("looking for %s: %w", what, problem)
	}
	slices.Sort(paths)
	return paths, nil
}

// below are the files in and below a folder that end with one of some extensions. Links
// to files are followed, and those to folders are not.
func below(folder string, extensions []string) (paths []string, err error) {
	// With a slash, the folder may be a link itself.
	err = filepath.WalkDir(folder+string(filepath.Separator), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && slices.Contains(extensions, strings.ToLower(filepath.Ext(path))) {
			paths = append(paths, path)
		}
		return err
	})
	return paths, err
}

// Read reads STAC items, one after another, in lists and in FeatureCollections, with
// any white space between. One item at a time is held. Relative addresses are those of
// files beside the file, or relative to the item's self link.
//
// Format: STAC item and ItemCollection specification 1.1.0.
func (i Items) Read(name string, from io.Reader) (out []Source, err error) {
	text := bufio.NewReader(from)
	if mark, _ := text.Peek(3); string(mark) == "\ufeff" {
		_, _ = text.Discard(len(mark))
	}
	r := &itemReader{Items: i, folder: filepath.Dir(name), text: &boundedText{from: text}}
	r.json = jsontext.NewDecoder(r.text, jsontext.AllowDuplicateNames(true))
	for err == nil {
		err = r.value()
	}
	switch catalog := new(catalogError); {
	case errors.Is(err, io.EOF) && len(r.out) == 0:
		return nil, fmt.Errorf("reading %s: it has no STAC items", name)
	case errors.Is(err, io.EOF):
		return r.out, nil
	case errors.As(err, &catalog):
		return nil, fmt.Errorf("reading %s: line %d: %w", name, r.line, err)
	}
	var broken *jsontext.SyntacticError
	if errors.As(err, &broken) {
		r.line = r.text.lineAt(broken.ByteOffset)
		err = fmt.Errorf("no STAC item: %w: items are read one after another, or as a FeatureCollection; a list of paths or addresses is for -images", broken.Err)
	}
	return nil, fmt.Errorf("reading %s: line %d: %w", name, r.line, err)
}

// itemReader reads items.
type itemReader struct {
	Items

	folder string
	text   *boundedText
	json   *jsontext.Decoder
	line   int // where the item that is read begins, from 1
	out    []Source
}

// begin begins an item, or what stands around items.
func (r *itemReader) begin() jsontext.Kind {
	r.text.allow(r.json.InputOffset() + maxLine)
	kind := r.json.PeekKind()
	r.line = r.text.lineAt(r.json.InputOffset() + int64(leadingSpace(r.json.UnreadBuffer())))
	return kind
}

// leadingSpace counts what stands between two values.
func leadingSpace(text []byte) (n int) {
	for n < len(text) && strings.IndexByte(" \t\r\n,", text[n]) >= 0 {
		n++
	}
	return n
}

// value reads an item, or a list or FeatureCollection of items.
func (r *itemReader) value() error {
	switch kind := r.begin(); kind {
	case jsontext.KindBeginArray:
		return r.list()
	case jsontext.KindBeginObject, jsontext.KindInvalid:
	default:
		if _, err := r.json.ReadToken(); err != nil {
			return err
		}
		return errors.New("no STAC item: there is a value that is no JSON object")
	}
	if _, err := r.json.ReadToken(); err != nil {
		return err
	}
	line := r.line
	var item stacItem
	for r.json.PeekKind() != jsontext.KindEndObject {
		key, err := r.json.ReadToken()
		if err != nil {
			return err
		}
		if key.String() == "features" && r.json.PeekKind() == jsontext.KindBeginArray {
			item.collection = true
			if err := r.list(); err != nil {
				return err
			}
			continue
		}
		name := key.String()
		value, err := r.json.ReadValue()
		if err != nil {
			return err
		}
		if err := item.take(name, value); err != nil {
			r.line = line
			return err
		}
	}
	if _, err := r.json.ReadToken(); err != nil {
		return err
	}
	r.line = line
	if item.collection {
		return nil
	}
	source, err := r.source(item)
	if err == nil {
		source.Line = line
		r.out = append(r.out, source)
	}
	return err
}

// list reads a list of items.
func (r *itemReader) list() error {
	if _, err := r.json.ReadToken(); err != nil {
		return err
	}
	for r.json.PeekKind() != jsontext.KindEndArray {
		if err := r.value(); err != nil {
			return err
		}
	}
	_, err := r.json.ReadToken()
	r.text.allow(r.json.InputOffset() + maxLine)
	return err
}

// stacItem is what is read of an item.
type stacItem struct {
	collection bool // of items, and no item itself
	Type       string
	Assets     map[string]struct{ Href string }
	Properties map[string]json.RawMessage
	Links      []struct{ Rel, Href string }
}

// self is where the item is from, if it says so.
func (i *stacItem) self() string {
	for _, link := range i.Links {
		if link.Rel == "self" {
			return link.Href
		}
	}
	return ""
}

func (i *stacItem) take(key string, value jsontext.Value) error {
	if key == "links" {
		_ = json.Unmarshal(value, &i.Links) // They are wanted only if they are there.
		return nil
	}
	into := map[string]any{"type": &i.Type, "assets": &i.Assets, "properties": &i.Properties}[key]
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(value, into); err != nil {
		return fmt.Errorf("no STAC item: its %s: %w", key, err)
	}
	return nil
}

// catalogError is a STAC catalog or collection in the place of items.
type catalogError struct{ kind string }

func (e *catalogError) Error() string {
	return fmt.Sprintf("it is a STAC %s, which names its items by links: name the folder with the files of the items, or a file of them, one after another or as a FeatureCollection", e.kind)
}

// source is what an item says.
func (r *itemReader) source(item stacItem) (s Source, err error) {
	if item.Type == "Catalog" || item.Type == "Collection" {
		return s, &catalogError{item.Type}
	}
	href := item.Assets[r.Asset].Href
	if href == "" {
		keys := []string{}
		for key := range item.Assets {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		if len(keys) == 0 {
			return s, errors.New("no STAC item: it has no assets")
		}
		return s, fmt.Errorf("it has no asset %q: name one of %s with -asset", r.Asset, strings.Join(keys, ", "))
	}
	if s.Name, err = resolve(href, r.folder, item.self()); err != nil {
		return s, fmt.Errorf("its asset %s: %w", r.Asset, err)
	}
	if s.Datetime, err = itemDatetime(item.Properties); err != nil {
		return s, err
	}
	if s.CloudCover, err = itemNumber(item.Properties, "eo:cloud_cover"); err != nil {
		return s, err
	}
	kept := map[string]json.RawMessage{}
	for _, key := range r.Properties {
		if v, ok := item.Properties[key]; ok {
			kept[key] = v
		}
	}
	if len(kept) > 0 {
		data, err := json.Marshal(kept)
		if err != nil {
			return s, err
		}
		text := string(data)
		s.Properties = &text
	}
	return s, nil
}

// boundedText is text of which so much may be read before more is allowed, and which
// knows its lines.
type boundedText struct {
	from     io.Reader
	read     int64
	most     int64
	newlines []int64 // behind those that were counted
	lines    int     // that were counted
}

var errLongItem = fmt.Errorf("an item has more than %d bytes", maxLine)

// allow lets text be read up to an offset.
func (b *boundedText) allow(most int64) { b.most = max(b.most, most) }

func (b *boundedText) Read(p []byte) (int, error) {
	if b.read >= b.most {
		return 0, errLongItem
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.most-b.read)])
	for i, c := range p[:n] {
		if c == '\n' {
			b.newlines = append(b.newlines, b.read+int64(i))
		}
	}
	b.read += int64(n)
	return n, err
}

// lineAt is the line of an offset, from 1. Offsets may not become smaller.
func (b *boundedText) lineAt(offset int64) int {
	for len(b.newlines) > 0 && b.newlines[0] < offset {
		b.newlines, b.lines = b.newlines[1:], b.lines+1
	}
	return b.lines + 1
}

// itemDatetime reads an item's time, or the beginning of its interval; nil if it has
// none.
func itemDatetime(properties map[string]json.RawMessage) (*int64, error) {
	for _, key := range []string{"datetime", "start_datetime"} {
		raw, said := properties[key]
		if !said || string(raw) == "null" {
			continue
		}
		var text string
		_ = json.Unmarshal(raw, &text) // What is no text is no time either.
		t, err := rfc3339.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("its %s is %.60s: must be as RFC 3339 has it, such as \"2024-05-06T07:08:09Z\"", key, raw)
		}
		ms := t.UnixMilli()
		return &ms, nil
	}
	return nil, nil
}

// itemNumber reads a number of an item; nil if it has none.
func itemNumber(properties map[string]json.RawMessage, key string) (v *float64, err error) {
	raw, said := properties[key]
	if !said {
		return nil, nil
	}
	if json.Unmarshal(raw, &v) != nil {
		return nil, fmt.Errorf("its %s is %.60s: must be a number", key, raw)
	}
	return v, nil
}
