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
	"slices"
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
	// TokenizerClasses are what tokenizer_config.json may call it.
	TokenizerClasses []string
	// Tokens are the special tokens that it must have, by their key in
	// tokenizer_config.json.
	Tokens map[string]string
	// NewTokenizer reads one of the files. PadLeft puts the padding before texts.
	NewTokenizer func(file string, padLeft bool) (Tokenizer, error)
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
	// VocabSize returns the number of ids: all are below it.
	VocabSize() int
	// Special returns the tokens that are found in a text as a whole.
	Special() map[string]tokenizer.Special
}

// The names of families. Default is that of model folders whose rsclip.json names
// none, as older exporters wrote them.
const (
	SigLIP  = "siglip"
	SigLIP2 = "siglip2"
	Default = SigLIP
)

// siglipPixels are SiglipImageProcessor's defaults.
var siglipPixels = preprocess.Spec{Resample: 3, RescaleFactor: 1.0 / 255, Mean: [3]float64{0.5, 0.5, 0.5}, Std: [3]float64{0.5, 0.5, 0.5}}

// families are all that there are.
var families = []Family{
	{
		Name: SigLIP, ModelType: "siglip",
		TokenizerFiles:   []string{"spiece.model", "tokenizer.json"},
		TokenizerClasses: []string{"SiglipTokenizer"},
		Tokens:           map[string]string{"eos_token": "</s>", "pad_token": "</s>", "unk_token": "<unk>"},
		NewTokenizer: func(file string, padLeft bool) (Tokenizer, error) {
			if padLeft {
				return nil, fmt.Errorf("reading vocabulary %s: SigLIP's texts are padded on the right", file)
			}
			return tokenizer.Load(file)
		},
		Preprocess: siglipPixels, NewProcessor: preprocess.New,
	},
	{
		// The checkpoints of a fixed size; those of any size, NaFlex, have another
		// model type and another vision tower.
		Name: SigLIP2, ModelType: "siglip",
		TokenizerFiles:   []string{"tokenizer.json"},
		TokenizerClasses: []string{"GemmaTokenizer", "GemmaTokenizerFast", "Siglip2Tokenizer", "PreTrainedTokenizerFast", "TokenizersBackend"},
		Tokens:           map[string]string{"bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>"},
		NewTokenizer:     func(file string, padLeft bool) (Tokenizer, error) { return tokenizer.LoadBPE(file, padLeft) },
		Preprocess:       siglipPixels, NewProcessor: preprocess.New,
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
// modelType, the name of its tokenizer's file, and what that file is. Of families
// with the same type it is the first that can read the tokenizer.
func Of(dir, modelType string) (Family, string, Tokenizer, error) {
	var types []string
	var unread []error
	for _, f := range families {
		types = append(types, f.ModelType)
		if f.ModelType != modelType {
			continue
		}
		file, read, err := f.readTokenizer(dir)
		if err == nil {
			return f, file, read, nil
		}
		unread = append(unread, fmt.Errorf("as a checkpoint of the family %s: %w", f.Name, err))
	}
	if unread != nil {
		return Family{}, "", nil, errors.Join(unread...)
	}
	fix := "choose a checkpoint of such a model"
	if modelType == "siglip2" {
		fix = "this one is NaFlex, which takes pictures of any size and has another vision tower: choose a SigLIP 2 checkpoint of a fixed size, such as google/siglip2-base-patch16-224"
	}
	return Family{}, "", nil, config.FieldError{Field: "model_type", Value: modelType, Allowed: strings.Join(slices.Compact(types), ", "), Fix: fix}
}

// readTokenizer reads the preferred form that a folder has.
func (f Family) readTokenizer(dir string) (string, Tokenizer, error) {
	for _, name := range f.TokenizerFiles {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		read, err := f.NewTokenizer(path, false)
		return name, read, err
	}
	return "", nil, fmt.Errorf("the folder has none of %q: the model needs its tokenizer", f.TokenizerFiles)
}

// TokenizerFiles returns the files of every family's tokenizer.
func TokenizerFiles() []string {
	var files []string
	for _, f := range families {
		for _, name := range f.TokenizerFiles {
			if !slices.Contains(files, name) {
				files = append(files, name)
			}
		}
	}
	return files
}
