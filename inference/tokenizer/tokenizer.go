// Package tokenizer turns texts into the ids that transformers' slow
// SiglipTokenizer gives, from the vocabulary of a checkpoint.
package tokenizer

import (
	"fmt"
	"os"
	"sync"
)

// maxFile bounds the size of a vocabulary's file. SigLIP's has 800 kB.
const maxFile = 64 << 20

// The texts that stand for special tokens.
const (
	eosText = "</s>"
	unkText = "<unk>"
)

// Tokenizer encodes texts. It may be used at the same time.
type Tokenizer struct {
	model *model
	eos   int32 // ends every text and, in SigLIP, pads it too
	blank int32 // the piece that is a space alone, or -1
	// prefix is how many tokens unkText has. Every part of a text is encoded
	// behind it, so that SentencePiece keeps a leading space.
	prefix  int
	scratch sync.Pool // of *scratch
}

// scratch is the memory of one Encode.
type scratch struct {
	text, part, normalized []byte
	best                   []step
	ids, tokens            []int32
}

// Load reads a vocabulary: a spiece.model of the Unigram kind.
func Load(path string) (*Tokenizer, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading vocabulary: %w", err)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("reading vocabulary %s: it has %d bytes, the limit is %d", path, info.Size(), maxFile)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading vocabulary: %w", err)
	}
	t, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading vocabulary %s: %w", path, err)
	}
	return t, nil
}

func parse(data []byte) (*Tokenizer, error) {
	v, err := parseSpiece(data)
	if err != nil {
		return nil, err
	}
	m, err := newModel(v)
	if err != nil {
		return nil, err
	}
	t := &Tokenizer{model: m, scratch: sync.Pool{New: func() any { return new(scratch) }}}
	var ok bool
	if t.eos, ok = m.ids[eosText]; !ok {
		return nil, fmt.Errorf("there is no piece %q, which ends every text", eosText)
	}
	if t.blank, ok = m.ids[blank]; !ok {
		t.blank = -1
	}
	t.prefix = len(m.encode(new(scratch), []byte(unkText)))
	return t, nil
}

// VocabSize returns the number of pieces; ids are below it.
func (t *Tokenizer) VocabSize() int { return t.model.size }

// Encode fills ids, whose length is the model's number of positions: the
// text's tokens, as many as fit, then </s>, which is the padding too. It
// reports whether some did not fit. A byte that is not UTF-8 counts as U+FFFD.
func (t *Tokenizer) Encode(ids []int64, text string) (truncated bool) {
	s := t.scratch.Get().(*scratch)
	defer t.scratch.Put(s)
	t.tokenize(s, text)
	room := max(0, len(ids)-1)
	for i := range ids {
		ids[i] = int64(t.eos)
	}
	for i, id := range s.ids {
		if i < room {
			ids[i] = int64(id)
		} else if id != t.eos {
			truncated = true
		}
	}
	return truncated
}

// tokenize puts a text's tokens into s.ids.
// Source: SiglipTokenizer.tokenize and PreTrainedTokenizer.tokenize.
func (t *Tokenizer) tokenize(s *scratch, text string) {
	s.ids = s.ids[:0]
	s.text = lower(append(s.text[:0], blank...), text)
	first := true
	for rest := s.text; len(rest) > 0; first = false {
		part, special := cut(rest)
		rest = rest[len(part)+len(special):]
		s.part = canonicalize(append(s.part[:0], unkText...), part)
		tokens := t.model.encode(s, s.part)
		if len(tokens) >= t.prefix {
			tokens = tokens[t.prefix:]
		}
		s.ids = append(s.ids, tokens...)
		if special == "" {
			continue
		}
		// The space that every text begins with is no token of its own before
		// a special one.
		if first && len(s.ids) == 1 && s.ids[0] == t.blank {
			s.ids = s.ids[:0]
		}
		id := t.eos
		if special == unkText {
			id = t.model.unk
		}
		s.ids = append(s.ids, id)
	}
}
