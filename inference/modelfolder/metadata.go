// Package modelfolder is the model folder that `rsclip export` writes and
// `rsclip serve` reads: two ONNX towers with their weights, the tokenizer's
// file, and rsclip.json, which describes and pins them all.
package modelfolder

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	strictjson "sigs.k8s.io/json"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/family"
	"github.com/seed-74198975/rsclip/internal/regular"
)

// MetadataFile is the name of the metadata in the folder.
const MetadataFile = "rsclip.json"

// formatVersion is the version of the folder's layout.
const formatVersion = 1

// Metadata is rsclip.json.
type Metadata struct {
	// Format is the version of the folder's layout.
	Format int `json:"format"`
	// Name is the model's name, which answers carry.
	Name string `json:"name"`
	// Family is the name of the checkpoint's family, which says how texts and
	// pictures are prepared. Where a folder has none, it is siglip.
	Family string `json:"family"`
	// Source says what the model was exported from.
	Source Source `json:"source"`
	// Precision is the number format of the weights.
	Precision config.Precision `json:"precision"`
	// Portable says that the graphs use standard ONNX operators only.
	Portable bool `json:"portable"`
	// Parameters is the number of weights of the checkpoint.
	Parameters int64 `json:"parameters"`
	// EmbeddingSize is the number of elements of an embedding.
	EmbeddingSize int `json:"embedding_size"`
	// LogitScale, a logarithm, and LogitBias turn cosines into logits.
	LogitScale float64 `json:"logit_scale"`
	LogitBias  float64 `json:"logit_bias"`

	Text       Text       `json:"text"`
	Vision     Vision     `json:"vision"`
	Preprocess Preprocess `json:"preprocess"`
	Tokenizer  Tokenizer  `json:"tokenizer"`

	// Files are all files of the folder but rsclip.json.
	Files []File `json:"files"`
}

// Source is the checkpoint that a model was exported from.
type Source struct {
	Checkpoint string `json:"checkpoint"`         // name of its folder
	Revision   string `json:"revision,omitempty"` // commit on the hub, where known
	Exporter   string `json:"exporter"`           // version of rsclip
	Files      []File `json:"files"`              // what was read of it
}

// IO is a tower's graph: its file, the names of its one input and of the
// output that is the embedding.
type IO struct {
	File   string `json:"file"`
	Input  string `json:"input"`
	Output string `json:"output"`
	// Normalized says that the graph's embeddings have length 1 already.
	Normalized bool `json:"normalized"`
}

// Text is the text tower: ids of shape [batch, positions] to embeddings.
type Text struct {
	IO
	Positions int `json:"positions"` // tokens of a text, padding included
	VocabSize int `json:"vocab_size"`
}

// Vision is the vision tower: pixels of shape [batch, 3, height, width] to
// embeddings.
type Vision struct {
	IO
	// RawPixels says that the graph takes the pixels of resized pictures as bytes,
	// and normalises them itself. Otherwise it takes normalised float32, as those of
	// older exporters and of others do.
	RawPixels bool `json:"raw_pixels,omitempty"`
	Height    int  `json:"height"` // in pixels
	Width     int  `json:"width"`  // in pixels
	Patch     int  `json:"patch"`  // side of a patch, in pixels
}

// Preprocess is what happens to a picture's pixels: resized, each value
// multiplied by the factor, then (value - mean) / std by channel.
type Preprocess struct {
	Height        int        `json:"height"`
	Width         int        `json:"width"`
	Resample      int        `json:"resample"` // Pillow's number of the filter; 3 is bicubic
	RescaleFactor float64    `json:"rescale_factor"`
	Mean          [3]float64 `json:"mean"`
	Std           [3]float64 `json:"std"`
}

// Tokenizer is the tokenizer's file.
type Tokenizer struct {
	File    string `json:"file"`
	PadLeft bool   `json:"pad_left,omitempty"` // whether the padding is before texts
}

// File is one file, pinned.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// SHA256 identifies the model: it is the hash of the list of its files' hashes.
// Embeddings of two models with one hash may be compared.
func (m *Metadata) SHA256() string {
	files, _ := json.Marshal(m.Files) //nolint:errchkjson // Strings and numbers.
	sum := sha256.Sum256(files)
	return hex.EncodeToString(sum[:])
}

// maxMetadata bounds the metadata, in bytes. Its files have a line each.
const maxMetadata = 1 << 20

// Read reads and checks the metadata of a folder. It does not read the other
// files: [Verify] does.
func Read(dir string) (*Metadata, error) {
	data, err := regular.Read(filepath.Join(dir, MetadataFile), maxMetadata)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("reading model folder %s: there is no %s: make the folder with `rsclip export`", dir, MetadataFile)
	}
	if err != nil {
		return nil, fmt.Errorf("reading model folder: %w", err)
	}
	m, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading model folder %s: %s: %w", dir, MetadataFile, err)
	}
	return m, nil
}

func parse(data []byte) (*Metadata, error) {
	var m Metadata
	strict, err := strictjson.UnmarshalStrict(data, &m)
	if err := errors.Join(append(strict, err)...); err != nil {
		return nil, err
	}
	m.Family = cmp.Or(m.Family, family.Default)
	return &m, m.validate()
}

// Write writes the metadata into a folder, after every other file.
func Write(dir string, m *Metadata) error {
	m.Format = formatVersion
	if err := m.validate(); err != nil {
		return fmt.Errorf("writing %s: %w", MetadataFile, err)
	}
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", MetadataFile, err)
	}
	if err := os.WriteFile(filepath.Join(dir, MetadataFile), append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing model folder: %w", err)
	}
	return nil
}

// validate keeps every number that sizes memory within reason, and every name
// inside the folder.
func (m *Metadata) validate() error {
	if m.Format != formatVersion {
		return fmt.Errorf("format is %d: this rsclip reads %d; export the model again", m.Format, formatVersion)
	}
	if _, err := family.Named(m.Family); err != nil {
		return err
	}
	for _, bound := range []struct {
		field     string
		value     int
		low, high int
	}{
		{"embedding_size", m.EmbeddingSize, 1, 1 << 16},
		{"text.positions", m.Text.Positions, 1, 1 << 16},
		{"text.vocab_size", m.Text.VocabSize, 1, 1 << 24},
		{"vision.height", m.Vision.Height, 1, 1 << 13},
		{"vision.width", m.Vision.Width, 1, 1 << 13},
		{"vision.patch", m.Vision.Patch, 1, min(m.Vision.Height, m.Vision.Width)},
		{"preprocess.height", m.Preprocess.Height, m.Vision.Height, m.Vision.Height},
		{"preprocess.width", m.Preprocess.Width, m.Vision.Width, m.Vision.Width},
	} {
		if bound.value < bound.low || bound.value > bound.high {
			return fmt.Errorf("%s is %d: must be %d to %d", bound.field, bound.value, bound.low, bound.high)
		}
	}
	// Every logit, and each has to fit a float32.
	if most := math.Exp(m.LogitScale) + math.Abs(m.LogitBias); !(most <= math.MaxFloat32) {
		return fmt.Errorf("logit_scale is %v and logit_bias %v: logits of up to %v are no numbers of 32 bits; export the model again, of a checkpoint that is whole", m.LogitScale, m.LogitBias, most)
	}
	names := map[string]string{
		"text.file": m.Text.File, "vision.file": m.Vision.File, "tokenizer.file": m.Tokenizer.File,
	}
	for i, f := range m.Files {
		names[fmt.Sprintf("files[%d].name", i)] = f.Name
	}
	for field, name := range names {
		if filepath.Base(name) != name || !filepath.IsLocal(name) || name == "." {
			return fmt.Errorf("%s is %q: must be the name of a file in the folder", field, name)
		}
	}
	for field, name := range map[string]string{
		"name": m.Name, "text.input": m.Text.Input, "text.output": m.Text.Output,
		"vision.input": m.Vision.Input, "vision.output": m.Vision.Output,
	} {
		if name == "" {
			return fmt.Errorf("%s is empty", field)
		}
	}
	return nil
}
