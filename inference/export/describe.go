package export

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/seed-74198975/rsclip/inference/family"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
	"github.com/seed-74198975/rsclip/inference/tokenizer"
)

// description is what a checkpoint's files say besides its weights.
type description struct {
	config   *siglipConfig
	metadata *modelfolder.Metadata // as far as it is known
	files    []string              // that were read
}

// describe reads a checkpoint's files, and refuses what cannot be served.
func describe(o Options) (*description, error) {
	if err := checkFiles(o.Checkpoint); err != nil {
		return nil, err
	}
	if err := refuseForeign(o.Checkpoint); err != nil {
		return nil, err
	}
	c, configuration, err := readConfig(o.Checkpoint)
	if err != nil {
		return nil, err
	}
	size := cmp.Or(o.ImageSize, c.Vision.ImageSize)
	if size < c.Vision.PatchSize || size > 1<<13 {
		return nil, fmt.Errorf("image size is %d: must be %d, one patch, to %d", size, c.Vision.PatchSize, 1<<13)
	}
	kind, vocabulary, read, err := family.Of(o.Checkpoint, c.ModelType)
	if err != nil {
		return nil, err
	}
	if n := read.VocabSize(); n > c.Text.VocabSize {
		return nil, fmt.Errorf("reading %s: its tokens have ids to %d: text_config.vocab_size of %s is %d, and the tower reads none above", vocabulary, n-1, configFile, c.Text.VocabSize)
	}
	d := &description{config: c, files: []string{configFile, vocabulary}, metadata: &modelfolder.Metadata{
		Name: o.Name, Family: kind.Name, Precision: o.Precision, Portable: o.Portable,
		EmbeddingSize: c.Vision.HiddenSize,
		Source:        modelfolder.Source{Checkpoint: filepath.Base(o.Checkpoint), Revision: o.Revision, Exporter: o.Version},
		Tokenizer:     modelfolder.Tokenizer{File: vocabulary},
	}}
	s := &subject{kind: kind, tokenizer: read, config: c, size: c.Vision.ImageSize}
	if o.ImageSize != 0 {
		s.size = 0 // Every size of the files' is replaced.
	}
	if err := s.check(configuration, configFile, o.Progress); err != nil {
		return nil, err
	}
	if err := d.readTokenizer(o, s); err != nil {
		return nil, err
	}
	d.metadata.Preprocess, err = d.readPictures(o, s, size)
	return d, err
}

// readTokenizer checks the settings of the tokenizer.
func (d *description) readTokenizer(o Options, s *subject) error {
	for _, name := range []string{tokenizerFile, tokensFile, addedFile} {
		found, err := readDocument(o.Checkpoint, name)
		if err != nil {
			return err
		}
		if found != nil {
			d.files = append(d.files, name)
		}
		if name == tokenizerFile && found != nil {
			s.class, _ = found.values["tokenizer_class"].(string)
			_, s.backend = found.values["backend"]
			if d.metadata.Tokenizer.PadLeft, err = padsLeft(s, found); err != nil {
				return err
			}
		}
		if err := s.check(found, name, o.Progress); err != nil {
			return err
		}
	}
	if bpe, isBPE := s.tokenizer.(*tokenizer.BPE); isBPE {
		if before, after := bpe.Around(); len(before)+len(after) >= s.config.Text.Positions {
			return fmt.Errorf("reading %s: its post_processor adds %d tokens to a text: text_config.max_position_embeddings of %s is %d", vocabFile, len(before)+len(after), configFile, s.config.Text.Positions)
		}
	}
	if d.metadata.Tokenizer.File != vocabFile {
		return nil
	}
	found, err := readKeys(o.Checkpoint, vocabFile, "model")
	if err != nil {
		return err
	}
	return s.check(found, vocabFile, o.Progress)
}

// padsLeft tells where a tokenizer puts the padding. Gemma's puts it before texts
// unless its settings say otherwise.
func padsLeft(s *subject, d *document) (bool, error) {
	if s.kind.Name != family.SigLIP2 {
		return false, nil
	}
	side, there := d.values["padding_side"]
	switch {
	case side == "left", !there && slices.Contains([]string{"GemmaTokenizer", "GemmaTokenizerFast", "Siglip2Tokenizer"}, s.class):
		return true, nil
	case side == "right", !there:
		return false, nil
	}
	return false, fmt.Errorf("reading %s: padding_side is %s: must be right or left", d.name, shown(side, there))
}

// readPictures reads the settings of pictures from either of their files, which
// must say the same if both are there.
func (d *description) readPictures(o Options, s *subject, size int) (p modelfolder.Preprocess, err error) {
	processor, err := readDocument(o.Checkpoint, processorFile)
	if err != nil {
		return p, err
	}
	var documents []*document
	if processor != nil {
		if err := s.check(processor, processorFile, o.Progress); err != nil {
			return p, err
		}
		inner, err := processor.within("image_processor")
		if err != nil {
			return p, err
		}
		if inner != nil {
			documents, d.files = append(documents, inner), append(d.files, processorFile)
		}
	}
	alone, err := readDocument(o.Checkpoint, imageFile)
	if err != nil {
		return p, err
	}
	if alone != nil {
		documents, d.files = append(documents, alone), append(d.files, imageFile)
	}
	if len(documents) == 0 {
		return p, fmt.Errorf("reading checkpoint: %s has neither %s nor %s with image_processor", o.Checkpoint, imageFile, processorFile)
	}
	for i, one := range documents {
		if err := s.check(one, imageFile, o.Progress); err != nil {
			return p, err
		}
		read, err := readPreprocess(one, size, s.kind.Preprocess)
		if err != nil {
			return p, err
		}
		if i > 0 && read != p {
			return p, fmt.Errorf("reading checkpoint: %s and %s prepare pictures in different ways: remove the one that is wrong", processorFile, imageFile)
		}
		p = read
	}
	return p, nil
}
