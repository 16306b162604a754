package safetensors

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/seed-74198975/rsclip/internal/regular"
)

const (
	singleFile = "model.safetensors"
	indexFile  = "model.safetensors.index.json"
)

// Checkpoint is the weights of a Hugging Face checkpoint folder: one file, or
// the shards that its index names.
type Checkpoint struct {
	files []*File
	// Paths are the names of the files read, relative to the folder, sorted.
	Paths []string
}

// OpenCheckpoint opens the weights in a folder.
func OpenCheckpoint(dir string) (*Checkpoint, error) {
	paths := []string{singleFile}
	if _, err := os.Stat(filepath.Join(dir, singleFile)); errors.Is(err, fs.ErrNotExist) {
		if paths, err = shards(dir); err != nil {
			return nil, err
		}
	}
	c := &Checkpoint{Paths: paths}
	for _, p := range paths {
		f, err := Open(filepath.Join(dir, p))
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.files = append(c.files, f)
	}
	return c, nil
}

// maxIndex bounds an index, in bytes: 100 for each of 300,000 tensors.
const maxIndex = 32 << 20

// shards reads the names of the files that an index spreads the weights over.
func shards(dir string) ([]string, error) {
	data, err := regular.Read(filepath.Join(dir, indexFile), maxIndex)
	if err != nil {
		return nil, fmt.Errorf("reading weights: %s has neither %s nor %s: %w", dir, singleFile, indexFile, err)
	}
	paths, err := parseIndex(data)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", indexFile, err)
	}
	return paths, nil
}

// parseIndex returns the names of an index's files, each once.
func parseIndex(data []byte) ([]string, error) {
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := json.Unmarshal(data, &index); err != nil {
		return nil, err
	}
	var paths []string
	for _, p := range index.WeightMap {
		if filepath.Base(p) != p || !filepath.IsLocal(p) {
			return nil, fmt.Errorf("%q is not the name of a file in the folder", p)
		}
		paths = append(paths, p)
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	if len(paths) == 0 {
		return nil, errors.New("weight_map names no file")
	}
	return paths, nil
}

// Tensor returns the tensor of a name from whichever file has it.
func (c *Checkpoint) Tensor(name string) (Tensor, bool) {
	for _, f := range c.files {
		if t, ok := f.Tensor(name); ok {
			return t, true
		}
	}
	return Tensor{}, false
}

// Names returns the names of all tensors, sorted.
func (c *Checkpoint) Names() []string {
	var names []string
	for _, f := range c.files {
		names = append(names, f.Names()...)
	}
	slices.Sort(names)
	return names
}

// Close closes the files.
func (c *Checkpoint) Close() error {
	var errs []error
	for _, f := range c.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
