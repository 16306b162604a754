package tokenizer

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// unknownPenalty is how far below the lowest score an unknown character is.
// Source: kUnkPenalty in SentencePiece's unigram_model.cc.
const unknownPenalty = 10

// maxPiece bounds the bytes of one piece; SentencePiece's own limit is 16
// characters.
const maxPiece = 1024

// model is a Unigram model: it splits a text into the pieces whose scores add
// up to the most.
type model struct {
	*normalizer
	trie     *trie
	scores   []float32
	ids      map[string]int32 // by text
	unk      int32
	unkScore float32
	size     int
}

func newModel(v *vocabulary) (*model, error) {
	n, err := newNormalizer(v)
	if err != nil {
		return nil, err
	}
	m := &model{normalizer: n, ids: make(map[string]int32, len(v.pieces)), unk: -1, size: len(v.pieces), scores: make([]float32, len(v.pieces))}
	words := make(map[string]int32, len(v.pieces))
	var lowest float32
	found := false
	for i, p := range v.pieces {
		id := int32(i) //nolint:gosec // The file's size bounds it.
		if _, twice := m.ids[p.text]; twice || p.text == "" || len(p.text) > maxPiece {
			return nil, fmt.Errorf("piece %d, %.40q, is empty, too long or there twice", i, p.text)
		}
		m.ids[p.text], m.scores[i] = id, p.score
		switch p.kind {
		case normalPiece:
			if p.score != p.score { // NaN has no order.
				return nil, fmt.Errorf("piece %q has no score", p.text)
			}
			if !found || p.score < lowest {
				lowest, found = p.score, true
			}
			words[p.text] = id
		case unknownPiece:
			m.unk = id
		case controlPiece, unusedPiece:
		case userDefinedPiece, bytePiece:
			return nil, fmt.Errorf("piece %q is of kind %d, which SigLIP's vocabularies do not have", p.text, p.kind)
		default:
			return nil, fmt.Errorf("piece %q is of unknown kind %d", p.text, p.kind)
		}
	}
	if m.unk < 0 {
		return nil, errors.New("there is no piece for what is unknown")
	}
	m.unkScore = lowest - unknownPenalty
	m.trie = newTrie(words)
	return m, nil
}

// step is the best way found to reach a position of the text.
type step struct {
	score float32
	id    int32
	from  int32 // where the last piece begins; -1 while nothing leads here
}

// encode normalises a text and returns its tokens, which stay valid until the
// next call with the same scratch.
// Source: Model::EncodeOptimized in SentencePiece's unigram_model.cc: scores
// are float32, sums are compared in float64, and the first of equals wins.
func (m *model) encode(s *scratch, text []byte) []int32 {
	s.normalized = m.normalize(s.normalized[:0], text)
	n := len(s.normalized)
	if cap(s.best) < n+1 {
		s.best = make([]step, n+1)
	}
	best := s.best[:n+1]
	for i := range best {
		best[i] = step{from: -1}
	}
	for at := 0; at < n; {
		here := float64(best[at].score)
		_, width := utf8.DecodeRune(s.normalized[at:])
		single := false
		m.trie.walk(s.normalized[at:], func(length int, id int32) {
			single = single || length == width
			reach(&best[at+length], here+float64(m.scores[id]), id, at)
		})
		if !single {
			reach(&best[at+width], float64(best[at].score+m.unkScore), m.unk, at)
		}
		at += width
	}
	return m.trace(s, best)
}

func reach(to *step, score float64, id int32, from int) {
	if to.from < 0 || score > float64(to.score) {
		*to = step{score: float32(score), id: id, from: int32(from)} //nolint:gosec // Texts are far below 2 GiB.
	}
}

// trace reads the tokens off the best way to the end. Unknown characters in a
// row are one token, whose text is looked up as any other's.
func (m *model) trace(s *scratch, best []step) []int32 {
	s.tokens = s.tokens[:0]
	for end := len(best) - 1; end > 0; {
		b := best[end]
		start := int(b.from)
		if b.id == m.unk {
			for start > 0 && best[start].id == m.unk {
				start = int(best[start].from)
			}
			if id, known := m.ids[string(s.normalized[start:end])]; known {
				b.id = id
			}
		}
		s.tokens = append(s.tokens, b.id)
		end = start
	}
	for i, j := 0, len(s.tokens)-1; i < j; i, j = i+1, j-1 {
		s.tokens[i], s.tokens[j] = s.tokens[j], s.tokens[i]
	}
	return s.tokens
}
