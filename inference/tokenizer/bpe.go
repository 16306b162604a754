package tokenizer

import (
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// BPE encodes texts as SigLIP 2's tokenizer does: Gemma's, byte pairs that are
// merged in the order of their rank. Its methods may be called concurrently.
// Source: BPE::merge_word and Word::merge_all of tokenizers 0.22.
type BPE struct {
	special map[string]Special
	// raw are the tokens that are found in a text as it is, normalized those that
	// are found in its normal form.
	raw, normalized *trie
	steps           []normalStep
	splits          bool // whether each space ends a part of its own
	vocab           map[string]int32
	size            int // ids are below it
	merges          map[pair]merge
	// joints are the first symbols between which a merge can happen: elsewhere a
	// text falls into parts that have nothing to do with each other.
	joints        map[pair]bool
	bytes         []int32 // the tokens of an unknown character's bytes, -1 where there is none; nil without byte fallback
	unknown       int32   // -1 where nothing stands for what is unknown
	fuseUnknown   bool
	before, after []string // the special tokens around every text
	pad           int32
	padLeft       bool
	scratch       sync.Pool // of *bpeScratch
}

// Special is a token that is found in a text as a whole.
type Special struct {
	ID int64
	// Strips says that it takes the white space around it along.
	Strips bool
}

// pair is two tokens, side by side.
type pair struct{ left, right int32 }

// merge is what a pair becomes, and when: the lower its rank, the earlier.
type merge struct{ rank, id int32 }

// normalStep is one step of the normalization: a replacement, or lower case if
// there is none.
type normalStep struct {
	lower    bool
	old, new string
}

// symbol is a token of a part that is being merged, in a list.
type symbol struct{ id, previous, next int32 }

// gone marks a symbol that was merged into the one before it.
const gone = -2

// candidate is a merge that may be done at a symbol.
type candidate struct{ rank, at, id int32 }

// before reports whether a candidate comes before another: the lowest rank, then
// the leftmost.
func (c candidate) before(other candidate) bool {
	return c.rank < other.rank || c.rank == other.rank && c.at < other.at
}

// bpeScratch is the memory of one Encode.
type bpeScratch struct {
	first   []int32 // the symbols before any merge
	symbols []symbol
	queue   []candidate // a heap
	ids     []int32
}

func (s *bpeScratch) size() int {
	return 4*cap(s.first) + 12*cap(s.symbols) + 12*cap(s.queue) + 4*cap(s.ids)
}

// Special returns the tokens that are found in a text as a whole.
func (t *BPE) Special() map[string]Special { return t.special }

// Around returns the special tokens that every text has before and behind it.
func (t *BPE) Around() (before, after []string) { return t.before, t.after }

// Lowers reports whether texts are lowered.
func (t *BPE) Lowers() bool {
	return slices.ContainsFunc(t.steps, func(n normalStep) bool { return n.lower })
}

// VocabSize returns the number of tokens; ids are below it.
func (t *BPE) VocabSize() int { return t.size }

// Encode fills ids, whose length is the model's number of positions, with the
// text's tokens, as many as fit, and the padding. It reports whether any token
// was left out. Bytes that are not UTF-8 count as Python's decoder replaces
// them. Of a text longer than 1 MiB only that much is read, and the rest is
// reported as left out.
func (t *BPE) Encode(ids []int64, text string) (truncated bool) {
	cut := len(text) > maxText
	if cut {
		text = text[:maxText]
	}
	room := max(0, len(ids)-len(t.before)-len(t.after))
	s := t.scratch.Get().(*bpeScratch)
	s.ids = s.ids[:0]
	t.tokenize(s, decoded(text), room)
	truncated = cut || len(s.ids) > room
	filled := ids[:0]
	for _, name := range t.before {
		filled = append(filled, t.special[name].ID)
	}
	for _, id := range s.ids[:min(room, len(s.ids))] {
		filled = append(filled, int64(id))
	}
	for _, name := range t.after {
		filled = append(filled, t.special[name].ID)
	}
	n := min(len(filled), len(ids))
	if t.padLeft {
		copy(ids[len(ids)-n:], filled[:n])
		ids, n = ids[:len(ids)-n], 0
	}
	for i := n; i < len(ids); i++ {
		ids[i] = int64(t.pad)
	}
	if s.size() <= maxKept {
		t.scratch.Put(s)
	}
	return truncated
}

// Count returns how many of the ids that [BPE.Encode] filled are not padding.
func (t *BPE) Count(ids []int64) int {
	n := len(ids)
	for n > 0 {
		at := n - 1
		if t.padLeft {
			at = len(ids) - n
		}
		if ids[at] != int64(t.pad) {
			break
		}
		n--
	}
	return n
}

// decoded returns a text as Python's decoder reads its bytes.
func decoded(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			size = malformed(text)
		}
		b.WriteRune(r)
		text = text[size:]
	}
	return b.String()
}

// tokenize appends a text's tokens to s.ids, or the first of them if there are
// more than enough.
func (t *BPE) tokenize(s *bpeScratch, text string, enough int) {
	t.around(s, text, t.raw, enough, func(part string) {
		for _, step := range t.steps {
			part = step.apply(part)
		}
		t.around(s, part, t.normalized, enough, func(part string) { t.parts(s, part, enough) })
	})
}

// around finds the special tokens in a text, of those at one place the longest,
// and lets do have what lies between them.
func (t *BPE) around(s *bpeScratch, text string, tokens *trie, enough int, do func(part string)) {
	if tokens == nil {
		if text != "" {
			do(text)
		}
		return
	}
	start := 0
	for at := 0; at < len(text) && len(s.ids) <= enough; {
		id, length := longestIn(tokens, text[at:])
		if length == 0 {
			at++
			continue
		}
		if at > start {
			do(text[start:at])
		}
		s.ids = append(s.ids, id)
		at += length
		start = at
	}
	if start < len(text) && len(s.ids) <= enough {
		do(text[start:])
	}
}

// longestIn returns the longest token that a text begins with.
func longestIn(tokens *trie, text string) (id int32, length int) {
	var node *trieNode
	for at := 0; at < len(text); at++ {
		if node = tokens.child(node, text[at]); node == nil {
			break
		}
		if node.id >= 0 {
			id, length = node.id, at+1
		}
	}
	return id, length
}

func (n normalStep) apply(text string) string {
	if !n.lower {
		return strings.ReplaceAll(text, n.old, n.new)
	}
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		if r == 'İ' {
			b.WriteString("i\u0307")
			continue
		}
		b.WriteRune(lowerOf(r))
	}
	return b.String()
}

// lowerOf is Unicode 16's lower case, which tokenizers has, by Go's, which is of
// Unicode 15, and what came with 16.
func lowerOf(r rune) rune {
	switch {
	case r >= 0x10d50 && r <= 0x10d65:
		return r + 0x20
	case r == 0xa7cb:
		return 0x264
	case r == 0xa7cc, r == 0xa7da:
		return r + 1
	case r == 0xa7dc:
		return 0x19b
	case r == 0x1c89:
		return 0x1c8a
	}
	return unicode.ToLower(r)
}

// parts splits a normal text behind each space, if the vocabulary asks for it, a
// space behind a space being a part of its own, and encodes the parts.
func (t *BPE) parts(s *bpeScratch, text string, enough int) {
	for len(text) > 0 && len(s.ids) <= enough {
		end := len(text)
		if i := strings.IndexByte(text, ' '); t.splits && i >= 0 {
			end = i + 1
		}
		t.word(s, text[:end], enough)
		text = text[end:]
	}
}

// word encodes one part of a text, up to where there are more tokens than enough.
func (t *BPE) word(s *bpeScratch, text string, enough int) {
	s.first = s.first[:0]
	pending := false // whether an unknown token waits
	for at := 0; at < len(text) && len(s.ids) <= enough; {
		_, width := utf8.DecodeRuneInString(text[at:])
		id, ok := t.vocab[text[at:at+width]]
		switch {
		case ok:
			if pending {
				t.push(s, t.unknown)
				pending = false
			}
			t.push(s, id)
		case t.hasBytes(text[at : at+width]):
			for i := range width {
				t.push(s, t.bytes[text[at+i]])
			}
		case t.unknown >= 0:
			if pending && !t.fuseUnknown {
				t.push(s, t.unknown)
			}
			pending = true
		}
		at += width
	}
	if pending {
		t.push(s, t.unknown)
	}
	t.mergeAll(s)
}

// push adds a symbol. Those before it, if no merge can join them with it, are
// merged.
func (t *BPE) push(s *bpeScratch, id int32) {
	if n := len(s.first); n > 0 && !t.joints[pair{s.first[n-1], id}] {
		t.mergeAll(s)
		s.first = s.first[:0]
	}
	s.first = append(s.first, id)
}

// hasBytes reports whether each byte of a character has a token.
func (t *BPE) hasBytes(character string) bool {
	if t.bytes == nil {
		return false
	}
	for i := range len(character) {
		if t.bytes[character[i]] < 0 {
			return false
		}
	}
	return true
}

// mergeAll appends what the first symbols become.
func (t *BPE) mergeAll(s *bpeScratch) {
	first := s.first
	if len(first) <= 1 {
		s.ids = append(s.ids, first...)
		return
	}
	s.symbols, s.queue = s.symbols[:0], s.queue[:0]
	for i, id := range first {
		s.symbols = append(s.symbols, symbol{id, int32(i) - 1, int32(i) + 1}) //nolint:gosec // maxText bounds it.
	}
	s.symbols[len(first)-1].next = -1
	for i := range len(first) - 1 {
		s.offer(t, int32(i)) //nolint:gosec // maxText bounds it.
	}
	for len(s.queue) > 0 {
		c := s.pop()
		left := &s.symbols[c.at]
		if left.next < 0 { // It is the last, or gone.
			continue
		}
		right := &s.symbols[left.next]
		if m, ok := t.merges[pair{left.id, right.id}]; !ok || m.id != c.id {
			continue // It was of symbols that have changed.
		}
		left.id, left.next = c.id, right.next
		right.next = gone
		if left.next >= 0 {
			s.symbols[left.next].previous = c.at
			s.offer(t, c.at)
		}
		if left.previous >= 0 {
			s.offer(t, left.previous)
		}
	}
	for _, y := range s.symbols {
		if y.next != gone {
			s.ids = append(s.ids, y.id)
		}
	}
}

// offer puts the merge of a symbol and the next, if there is one, into the queue.
func (s *bpeScratch) offer(t *BPE, at int32) {
	left := s.symbols[at]
	m, ok := t.merges[pair{left.id, s.symbols[left.next].id}]
	if !ok {
		return
	}
	s.queue = append(s.queue, candidate{m.rank, at, m.id})
	q := s.queue
	for i := len(q) - 1; i > 0; {
		parent := (i - 1) / 2
		if !q[i].before(q[parent]) {
			break
		}
		q[i], q[parent] = q[parent], q[i]
		i = parent
	}
}

// pop takes the candidate that comes first.
func (s *bpeScratch) pop() candidate {
	q := s.queue
	top, last := q[0], len(q)-1
	q[0] = q[last]
	q = q[:last]
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(q) {
			break
		}
		if child+1 < len(q) && q[child+1].before(q[child]) {
			child++
		}
		if !q[child].before(q[i]) {
			break
		}
		q[i], q[child] = q[child], q[i]
		i = child
	}
	s.queue = q
	return top
}
