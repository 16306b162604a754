package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	strictjson "sigs.k8s.io/json"

	"github.com/seed-74198975/rsclip/internal/regular"
)

// maxDocument bounds a JSON file of settings, in bytes. Gemma's largest has 50 kB.
// A tokenizer.json has its own bound.
const maxDocument = 8 << 20

// maxTokenizer bounds a tokenizer.json, as the tokenizer does.
const maxTokenizer = 64 << 20

// document is a JSON object of a checkpoint.
type document struct {
	name   string // the file's
	data   []byte
	values map[string]any
}

// readDocument reads a file. One that is not there is nil.
func readDocument(dir, name string) (*document, error) {
	data, err := regular.Read(filepath.Join(dir, name), maxDocument)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading checkpoint: %w", err)
	}
	return newDocument(name, data)
}

func newDocument(name string, data []byte) (*document, error) {
	d := &document{name: name, data: data}
	if err := json.Unmarshal(data, &d.values); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if d.values == nil {
		return nil, fmt.Errorf("reading %s: it is null, and no object", name)
	}
	return d, nil
}

// into decodes the document, with the keys exactly as they are written.
func (d *document) into(value any) error {
	if err := strictjson.UnmarshalCaseSensitivePreserveInts(d.data, value); err != nil {
		return fmt.Errorf("reading %s: %w", d.name, err)
	}
	return nil
}

// within is the object that lies in the document under a key, or nil.
func (d *document) within(key string) (*document, error) {
	value, there := d.values[key]
	if !there {
		return nil, nil
	}
	data, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %s: %w", d.name, key, err)
	}
	return newDocument(d.name, data)
}

// readKeys reads a large file's keys, and those of one of its objects, without
// what lies under them.
func readKeys(dir, name, section string) (*document, error) {
	data, err := regular.Read(filepath.Join(dir, name), maxTokenizer)
	if err != nil {
		return nil, fmt.Errorf("reading checkpoint: %w", err)
	}
	var raw, inner map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if err := json.Unmarshal(raw[section], &inner); err != nil {
		return nil, fmt.Errorf("reading %s: %s: %w", name, section, err)
	}
	keys := func(of map[string]json.RawMessage) map[string]any {
		out := make(map[string]any, len(of))
		for key := range of {
			out[key] = nil
		}
		return out
	}
	d := &document{name: name, values: keys(raw)}
	d.values[section] = keys(inner)
	return d, nil
}
