// Package family says what the graphs of a checkpoint do not: how texts become
// ids, and pictures pixels. It has one entry for each kind of checkpoint, which
// the export, the model folder and the server ask.
package family

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/preprocess"
	"github.com/seed-74198975/rsclip/inference/tokenizer"
)

// Family is a kind of checkpoint.
type Family struct {
	// Name is what rsclip.json calls it.
	Name string
	// ModelType is what config.json of its checkpoints says.
	ModelType string
	// TokenizerFiles are the forms of its tokenizer, the preferred first.
	TokenizerFiles []string
	// NewTokenizer reads one of them.
	NewTokenizer func(file string) (Tokenizer, error)
	// Preprocess is what preprocessor_config.json means by what it leaves out. The
	// size is the checkpoint's.
	Preprocess preprocess.Spec
	// NewProcessor prepares pictures.
	NewProcessor func(preprocess.Spec) (*preprocess.Processor, error)
}

// Tokenizer turns texts into the ids that a text tower reads. Its methods may be
// called at the same time.
type Tokenizer interface {
	// Encode fills ids with a text's tokens and the padding, and reports whether
	// any token was left out.
	Encode(ids []int64, text string) (truncated bool)
	// Count returns how many of the ids that Encode filled are tokens, the one that
	// ends the text included and the padding excluded.
	Count(ids []int64) int
}

// Default is the family of model folders whose rsclip.json names none, as older
// exporters wrote them.
const Default = "siglip"

// families are all that there are.
var families = []Family{
	{
		Name: Default, ModelType: "siglip",
		TokenizerFiles: []string{"spiece.model", "tokenizer.json"},
		NewTokenizer:   func(file string) (Tokenizer, error) { return tokenizer.Load(file) },
		// SiglipImageProcessor's.
		Preprocess:   preprocess.Spec{Resample: 3, RescaleFactor: 1.0 / 255, Mean: [3]float64{0.5, 0.5, 0.5}, Std: [3]float64{0.5, 0.5, 0.5}},
		NewProcessor: preprocess.New,
	},
}

// Named returns the family that rsclip.json names.
func Named(name string) (Family, error) {
	var names []string
	for _, f := range families {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Family{}, config.FieldError{
		Field: "family", Value: name, Allowed: strings.Join(names, ", "),
		Fix: "take the rsclip that wrote the folder, or export the checkpoint again",
	}
}

// Of returns the family of a checkpoint's folder, whose config.json says
// modelType, and the name of its tokenizer's file. Of families with the same type
// it is the first that can read the tokenizer.
func Of(dir, modelType string) (Family, string, error) {
	var types []string
	var unread []error
	for _, f := range families {
		types = append(types, f.ModelType)
		if f.ModelType != modelType {
			continue
		}
		file, err := f.tokenizerFile(dir)
		if err == nil {
			return f, file, nil
		}
		unread = append(unread, err)
	}
	if unread != nil {
		return Family{}, "", errors.Join(unread...)
	}
	return Family{}, "", config.FieldError{
		Field: "model_type", Value: modelType, Allowed: strings.Join(types, ", "), Fix: "choose a checkpoint of such a model",
	}
}

// tokenizerFile returns the name of the preferred form that a folder has, once it
// has been read.
func (f Family) tokenizerFile(dir string) (string, error) {
	for _, name := range f.TokenizerFiles {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		_, err := f.NewTokenizer(path)
		return name, err
	}
	return "", fmt.Errorf("the folder has none of %q: the model needs its tokenizer", f.TokenizerFiles)
}

// TokenizerFiles returns the files of every family's tokenizer.
func TokenizerFiles() []string {
	var files []string
	for _, f := range families {
		files = append(files, f.TokenizerFiles...)
	}
	return files
}
