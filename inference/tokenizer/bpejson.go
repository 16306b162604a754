package tokenizer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	strictjson "sigs.k8s.io/json"
)

const (
	// maxMerges bounds the pairs of a vocabulary. Gemma's has 580,000.
	maxMerges = 1 << 21
	// maxAdded bounds its special tokens, and maxSteps the steps of its
	// normalization. Gemma's has 250 tokens, and one or two steps.
	maxAdded = 1 << 14
	maxSteps = 16
	// maxGrowth bounds by how much a step may lengthen what it replaces, in bytes.
	maxGrowth = 3
)

// bpeJSON is what is read of a tokenizer.json with byte pairs.
type bpeJSON struct {
	AddedTokens   []addedToken   `json:"added_tokens"`
	Normalizer    *bpeNormalizer `json:"normalizer"`
	PreTokenizer  *bpeSplit      `json:"pre_tokenizer"`
	PostProcessor *bpeTemplate   `json:"post_processor"`
	Model         bpeModel       `json:"model"`
}

type addedToken struct {
	ID         int    `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"`
}

// bpePattern is a pattern, of which only a text is read.
type bpePattern struct {
	String *string `json:"String"`
}

// bpeNormalizer is one step, or a sequence of them.
type bpeNormalizer struct {
	Type    string          `json:"type"`
	Pattern bpePattern      `json:"pattern"`
	Content string          `json:"content"`
	Steps   []bpeNormalizer `json:"normalizers"`
}

type bpeSplit struct {
	Type     string     `json:"type"`
	Pattern  bpePattern `json:"pattern"`
	Behavior string     `json:"behavior"`
	Invert   bool       `json:"invert"`
}

// bpeTemplate says what stands around a text.
type bpeTemplate struct {
	Type   string `json:"type"`
	Single []struct {
		Special *struct {
			ID string `json:"id"`
		} `json:"SpecialToken"`
		Sequence *struct {
			ID string `json:"id"`
		} `json:"Sequence"`
	} `json:"single"`
	Tokens map[string]struct {
		IDs []int64 `json:"ids"`
	} `json:"special_tokens"`
}

type bpeModel struct {
	Type         string          `json:"type"`
	Dropout      *float64        `json:"dropout"`
	Unknown      *string         `json:"unk_token"`
	Prefix       *string         `json:"continuing_subword_prefix"`
	Suffix       *string         `json:"end_of_word_suffix"`
	FuseUnknown  bool            `json:"fuse_unk"`
	ByteFallback bool            `json:"byte_fallback"`
	IgnoreMerges bool            `json:"ignore_merges"`
	Vocab        json.RawMessage `json:"vocab"`
	Merges       json.RawMessage `json:"merges"`
}

// LoadBPE reads a tokenizer.json of byte pairs, and follows it: its steps of
// normalization, its special tokens and what it puts around a text. What it asks
// for beyond what SigLIP 2's do, or has above 64 MiB, is an error that names the
// key. The padding is "<pad>", behind a text or, by padLeft, before it.
func LoadBPE(path string, padLeft bool) (*BPE, error) {
	data, err := readVocabulary(path)
	if err != nil {
		return nil, err
	}
	t, err := parseBPE(data)
	if err != nil {
		return nil, fmt.Errorf("reading vocabulary %s: %w", path, err)
	}
	t.padLeft = padLeft
	return t, nil
}

func parseBPE(data []byte) (*BPE, error) {
	var file bpeJSON
	if err := strictjson.UnmarshalCaseSensitivePreserveInts(data, &file); err != nil {
		return nil, fmt.Errorf("it is no tokenizer.json: %w", err)
	}
	t := &BPE{unknown: -1, special: map[string]Special{}, scratch: sync.Pool{New: func() any { return new(bpeScratch) }}}
	for _, read := range []func(*bpeJSON) error{t.readModel, t.readAdded, t.readSplit, t.readTemplate} {
		if err := read(&file); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// readModel reads the tokens and their merges.
func (t *BPE) readModel(file *bpeJSON) error {
	m := file.Model
	switch {
	case m.Type != "BPE":
		return fmt.Errorf("its model.type is %.40q: SigLIP 2's is \"BPE\"", m.Type)
	case m.Dropout != nil && *m.Dropout != 0:
		return fmt.Errorf("its model.dropout is %v: must be null, so that a text always has the same tokens", *m.Dropout)
	case m.Prefix != nil && *m.Prefix != "":
		return fmt.Errorf("its model.continuing_subword_prefix is %.40q: must be null", *m.Prefix)
	case m.Suffix != nil && *m.Suffix != "":
		return fmt.Errorf("its model.end_of_word_suffix is %.40q: must be null", *m.Suffix)
	case m.IgnoreMerges:
		return errors.New("its model.ignore_merges is true: must be false")
	// A token has two quotes, and seldom one within.
	case bytes.Count(m.Vocab, []byte{'"'}) > 4*maxPieces:
		return fmt.Errorf("its model.vocab has more than %d tokens", maxPieces)
	case bytes.Count(m.Merges, []byte{'"'}) > 8*maxMerges:
		return fmt.Errorf("its model.merges has more than %d pairs", maxMerges)
	}
	if err := json.Unmarshal(m.Vocab, &t.vocab); err != nil {
		return fmt.Errorf("reading model.vocab: %w", err)
	}
	if len(t.vocab) == 0 {
		return errors.New("its model.vocab has no tokens")
	}
	for text, id := range t.vocab {
		if id < 0 || id >= maxPieces {
			return fmt.Errorf("its model.vocab gives %.40q the id %d: ids are 0 to %d", text, id, maxPieces-1)
		}
		t.size = max(t.size, int(id)+1)
	}
	if m.Unknown != nil {
		id, ok := t.vocab[*m.Unknown]
		if !ok {
			return fmt.Errorf("its model.unk_token is %.40q, which model.vocab has not", *m.Unknown)
		}
		t.unknown, t.fuseUnknown = id, m.FuseUnknown
	}
	if m.ByteFallback {
		t.bytes = make([]int32, 256)
		for b := range t.bytes {
			id, ok := t.vocab[fmt.Sprintf("<0x%02X>", b)]
			if !ok {
				id = -1
			}
			t.bytes[b] = id
		}
	}
	return t.readMerges(m.Merges)
}

// readMerges reads the pairs, in either of their two forms: ["a", "b"] or "a b".
func (t *BPE) readMerges(data []byte) error {
	var pairs [][2]string
	if err := json.Unmarshal(data, &pairs); err != nil {
		var lines []string
		if json.Unmarshal(data, &lines) != nil {
			return fmt.Errorf("reading model.merges: %w", err)
		}
		pairs = make([][2]string, len(lines))
		for i, line := range lines {
			left, right, ok := strings.Cut(line, " ")
			if !ok || strings.Contains(right, " ") {
				return fmt.Errorf("its model.merges[%d] is %.40q: must be two tokens and a space", i, line)
			}
			pairs[i] = [2]string{left, right}
		}
	}
	if len(pairs) > maxMerges {
		return fmt.Errorf("its model.merges has %d pairs: at most %d are read", len(pairs), maxMerges)
	}
	t.merges, t.joints = make(map[pair]merge, len(pairs)), map[pair]bool{}
	for i, p := range pairs {
		left, isLeft := t.vocab[p[0]]
		right, isRight := t.vocab[p[1]]
		id, isMerged := t.vocab[p[0]+p[1]]
		if !isLeft || !isRight || !isMerged {
			return fmt.Errorf("its model.merges[%d] joins %.40q and %.40q: model.vocab must have both, and what they become", i, p[0], p[1])
		}
		t.merges[pair{left, right}] = merge{int32(i), id} //nolint:gosec // At most maxMerges.
		_, last := utf8.DecodeLastRuneInString(p[0])
		_, first := utf8.DecodeRuneInString(p[1])
		for _, l := range []string{p[0], p[0][len(p[0])-last:]} {
			for _, r := range []string{p[1], p[1][:first]} {
				l, isLeft := t.vocab[l]
				r, isRight := t.vocab[r]
				if isLeft && isRight {
					t.joints[pair{l, r}] = true
				}
			}
		}
	}
	return nil
}

// readAdded reads the special tokens. One that the vocabulary has has its id.
func (t *BPE) readAdded(file *bpeJSON) error {
	if len(file.AddedTokens) > maxAdded {
		return fmt.Errorf("it has %d added_tokens: at most %d are read", len(file.AddedTokens), maxAdded)
	}
	raw, normalized := map[string]int32{}, map[string]int32{}
	taken := make(map[int64]bool, len(t.vocab))
	for _, id := range t.vocab {
		taken[int64(id)] = true
	}
	for _, a := range file.AddedTokens {
		_, twice := t.special[a.Content]
		id, known := t.vocab[a.Content]
		switch {
		case a.Content == "" || twice || len(a.Content) > maxPiece:
			return fmt.Errorf("its added_tokens have %.40q: must be texts of 1 to %d bytes, each once", a.Content, maxPiece)
		case a.SingleWord || a.LStrip || a.RStrip:
			return fmt.Errorf("its added_tokens have single_word, lstrip or rstrip for %.40q: must be false", a.Content)
		case a.ID < 0 || a.ID >= maxPieces || known && int(id) != a.ID || !known && taken[int64(a.ID)]:
			return fmt.Errorf("its added_tokens give %.40q the id %d, which model.vocab gives to another token, or not to it", a.Content, a.ID)
		}
		t.special[a.Content] = Special{ID: int64(a.ID)}
		taken[int64(a.ID)] = true
		t.size = max(t.size, a.ID+1)
		into := raw
		if a.Normalized {
			into = normalized
		}
		into[a.Content] = int32(a.ID)
	}
	if err := t.readNormalizer(file); err != nil {
		return err
	}
	pad, ok := t.special["<pad>"]
	if !ok {
		return errors.New("its added_tokens have no \"<pad>\", which pads SigLIP 2's texts")
	}
	t.pad = int32(pad.ID) //nolint:gosec // Below maxPieces.
	if len(raw) > 0 {
		t.raw = newTrie(raw)
	}
	if len(normalized) == 0 {
		return nil
	}
	// They are found in normal texts by their own normal form.
	forms := make(map[string]int32, len(normalized))
	for content, id := range normalized {
		for _, step := range t.steps {
			content = step.apply(content)
		}
		if _, twice := forms[content]; content == "" || twice {
			return fmt.Errorf("its added_tokens have %.40q for several of them, or nothing for one, once they are normalized", content)
		}
		forms[content] = id
	}
	t.normalized = newTrie(forms)
	return nil
}

func (t *BPE) readNormalizer(file *bpeJSON) error {
	t.steps = t.steps[:0]
	if file.Normalizer == nil {
		return nil
	}
	return t.readStep(*file.Normalizer, 0)
}

func (t *BPE) readStep(n bpeNormalizer, depth int) error {
	switch {
	case len(t.steps) >= maxSteps || depth >= maxSteps:
		return fmt.Errorf("its normalizer has more than %d steps", maxSteps)
	case n.Type == "Lowercase":
		t.steps = append(t.steps, normalStep{lower: true})
	case n.Type == "Replace" && n.Pattern.String != nil && *n.Pattern.String != "":
		old := *n.Pattern.String
		if len(n.Content) > len(old)+maxGrowth || t.grows() && len(n.Content) > len(old) {
			return fmt.Errorf("its normalizer replaces %.40q by %d bytes: one step may add at most %d", old, len(n.Content), maxGrowth)
		}
		t.steps = append(t.steps, normalStep{old: old, new: n.Content})
	case n.Type == "Sequence":
		for _, step := range n.Steps {
			if err := t.readStep(step, depth+1); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("its normalizer has a step of type %.40q that is not served: must be Lowercase, or Replace of a text", n.Type)
	}
	return nil
}

// grows reports whether a step lengthens texts already.
func (t *BPE) grows() bool {
	for _, step := range t.steps {
		if len(step.new) > len(step.old) {
			return true
		}
	}
	return false
}

func (t *BPE) readSplit(file *bpeJSON) error {
	p := file.PreTokenizer
	if p == nil {
		return nil
	}
	if p.Type != "Split" || p.Pattern.String == nil || *p.Pattern.String != " " || p.Behavior != "MergedWithPrevious" || p.Invert {
		return fmt.Errorf("its pre_tokenizer is of type %.40q: must be null, or Gemma's: a Split at \" \", MergedWithPrevious", p.Type)
	}
	t.splits = true
	return nil
}

func (t *BPE) readTemplate(file *bpeJSON) error {
	p := file.PostProcessor
	if p == nil {
		return nil
	}
	if p.Type != "TemplateProcessing" {
		return fmt.Errorf("its post_processor is of type %.40q: must be null or TemplateProcessing", p.Type)
	}
	texts := 0
	for _, piece := range p.Single {
		switch {
		case piece.Sequence != nil && piece.Sequence.ID == "A":
			texts++
		case piece.Special != nil && texts == 0:
			t.before = append(t.before, piece.Special.ID)
		case piece.Special != nil:
			t.after = append(t.after, piece.Special.ID)
		}
	}
	if texts != 1 || len(t.before)+len(t.after) > maxSteps {
		return fmt.Errorf("its post_processor.single has the text %d times, and %d special tokens: must have it once, and at most %d", texts, len(t.before)+len(t.after), maxSteps)
	}
	for _, name := range append(append([]string(nil), t.before...), t.after...) {
		special, ok := t.special[name]
		if ids := p.Tokens[name].IDs; !ok || len(ids) != 1 || ids[0] != special.ID {
			return fmt.Errorf("its post_processor.special_tokens have the ids %v for %.40q: must be that of added_tokens", ids, name)
		}
	}
	return nil
}
