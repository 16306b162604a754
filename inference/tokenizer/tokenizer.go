package tokenizer

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/seed-74198975/rsclip/internal/regular"
)

const (
	// maxFile bounds the size of a vocabulary's file. SigLIP's has 800 kB, and
	// 2.4 MB as tokenizer.json.
	maxFile = 64 << 20
	// maxText bounds the bytes that are read of a text: thousands of times what
	// a model reads.
	maxText = 1 << 20
	// maxKept bounds the bytes of memory that an Encode leaves to the next.
	maxKept = 1 << 18
)

// The texts that stand for special tokens.
const (
	eosText = "</s>"
	unkText = "<unk>"
)

// Tokenizer encodes texts. Its methods may be called concurrently.
type Tokenizer struct {
	model *model
	eos   int32 // ends every text, and pads it too
	// prefix is how many tokens unkText has. Every part of a text is encoded
	// behind it, so that SentencePiece keeps a leading space.
	prefix  int
	scratch sync.Pool // of *scratch
}

// scratch is the memory of one Encode.
type scratch struct {
	text, part, normalized []byte
	best                   []step
	path                   []int32 // where the tokens on the best way end, the last first
	tokens                 []token
}

// size is about how many bytes it holds.
func (s *scratch) size() int {
	return cap(s.text) + cap(s.part) + cap(s.normalized) + 12*cap(s.best) + 4*cap(s.path) + 12*cap(s.tokens)
}

// Load reads a vocabulary of the Unigram kind: a spiece.model of SentencePiece,
// or a tokenizer.json of the tokenizers library. A file of more than 64 MiB, of
// another kind, or without the pieces "</s>" and "<unk>" is an error.
func Load(path string) (*Tokenizer, error) {
	data, err := readVocabulary(path)
	if err != nil {
		return nil, err
	}
	t, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading vocabulary %s: %w", path, err)
	}
	return t, nil
}

// readVocabulary reads a vocabulary's file, which has at most 64 MiB.
func readVocabulary(path string) ([]byte, error) {
	data, err := regular.Read(path, maxFile)
	if err != nil {
		return nil, fmt.Errorf("reading vocabulary: %w", err)
	}
	return data, nil
}

// parse tells the two forms apart by the first byte, which no SentencePiece
// model has in common with a JSON object.
func parse(data []byte) (*Tokenizer, error) {
	read := parseSpiece
	if bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) {
		read = parseJSON
	}
	v, err := read(data)
	if err != nil {
		return nil, err
	}
	m, err := newModel(v)
	if err != nil {
		return nil, err
	}
	eos, ok := m.ids[eosText]
	if !ok || v.pieces[eos].kind != controlPiece {
		return nil, errors.New("it has no control piece \"</s>\", which ends SigLIP's texts")
	}
	if id, ok := m.ids[unkText]; !ok || id != m.unknown {
		return nil, errors.New("its unknown piece is not \"<unk>\", which is SigLIP's")
	}
	t := &Tokenizer{model: m, eos: eos, scratch: sync.Pool{New: func() any { return new(scratch) }}}
	t.prefix = len(m.encode(new(scratch), []byte(unkText), math.MaxInt))
	return t, nil
}

// Special returns the tokens that are found in a text as a whole.
func (t *Tokenizer) Special() map[string]Special {
	return map[string]Special{eosText: {int64(t.eos), true}, unkText: {int64(t.model.unknown), true}}
}

// VocabSize returns the number of pieces; ids are below it.
func (t *Tokenizer) VocabSize() int { return len(t.model.scores) }

// Encode fills ids, whose length is the model's number of positions, with the
// text's tokens, as many as fit, and then with </s>, which is at least the
// last. It reports whether any token but </s> was left out. Bytes that are not
// UTF-8 count as Python's decoder replaces them, by U+FFFD. Time and memory are
// linear in the text; of one longer than 1 MiB, only that much is read, and
// the rest is reported as left out.
func (t *Tokenizer) Encode(ids []int64, text string) (truncated bool) {
	cut := len(text) > maxText
	if cut {
		text = text[:maxText]
	}
	for i := range ids {
		ids[i] = int64(t.eos)
	}
	s := t.scratch.Get().(*scratch)
	truncated = t.tokenize(s, ids[:max(0, len(ids)-1)], text)
	if s.size() <= maxKept {
		t.scratch.Put(s)
	}
	return truncated || cut
}

// Count returns how many of the ids that [Tokenizer.Encode] filled are tokens: all
// to the first </s>, which pads the text too.
func (t *Tokenizer) Count(ids []int64) int { return slices.Index(ids, int64(t.eos)) + 1 }

// tokenize puts a text's tokens into ids, and reports whether any but </s> did
// not fit.
// Source: SiglipTokenizer.tokenize and PreTrainedTokenizer.tokenize.
func (t *Tokenizer) tokenize(s *scratch, ids []int64, text string) (truncated bool) {
	s.text = lower(append(s.text[:0], blank...), text)
	count := 0
	add := func(id int32) {
		if count < len(ids) {
			ids[count] = int64(id)
		} else if id != t.eos {
			truncated = true
		}
		count++
	}
	first := true
	for rest := s.text; len(rest) > 0 && !truncated; first = false {
		part, special := cut(rest)
		rest = rest[len(part)+len(special):]
		if len(part) > 0 {
			s.part = canonicalize(append(s.part[:0], unkText...), part)
			// Of the tokens behind those that fit, a space may be dropped and one
			// be </s>: two in a row cannot.
			tokens := t.model.encode(s, s.part, t.prefix+len(ids)+2)
			if len(tokens) >= t.prefix {
				tokens = tokens[t.prefix:]
			}
			if first && s.blankBeforeSpecial(tokens, special) {
				tokens = tokens[1:]
			}
			for _, token := range tokens {
				add(token.id)
			}
		}
		if special != "" {
			add(t.model.ids[special])
		}
	}
	return truncated
}

// blankBeforeSpecial reports whether a text's first token is the space that
// every text begins with, alone, and its second is special: the next part, or
// unknown characters that normalise to its text. SiglipTokenizer drops such a
// space.
func (s *scratch) blankBeforeSpecial(tokens []token, next string) bool {
	if len(tokens) == 0 || s.textOf(tokens[0]) != blank {
		return false
	}
	if len(tokens) > 1 {
		next = s.textOf(tokens[1])
	}
	return next == eosText || next == unkText
}

func (s *scratch) textOf(t token) string { return string(s.normalized[t.start:t.end]) }
