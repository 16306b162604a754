package tokenizer

import (
	"math"
	"slices"
	"unicode/utf8"
)

// unknownPenalty is how far below the lowest score an unknown character is.
// Source: kUnkPenalty in SentencePiece's unigram_model.cc.
const unknownPenalty = 10

// model is a Unigram model: it splits a text into the pieces whose scores add
// up to the most.
type model struct {
	*normalizer
	trie     *trie // of the pieces that match texts
	ids      map[string]int32
	scores   []float32
	unknown  int32
	unkScore float32
	// bonus is true for the pieces whose score grows with their length, so that
	// they always win: those that are user-defined.
	bonus   []bool
	highest float32
	bytes   []int32 // the pieces of an unknown character's bytes, or none
}

func newModel(v *vocabulary) (*model, error) {
	if err := v.check(); err != nil {
		return nil, err
	}
	n, err := newNormalizer(v)
	if err != nil {
		return nil, err
	}
	m := &model{
		normalizer: n,
		ids:        make(map[string]int32, len(v.pieces)),
		scores:     make([]float32, len(v.pieces)),
		bonus:      make([]bool, len(v.pieces)),
		highest:    0x1p-126, // The least positive float32, for C++ calls that FLT_MIN.
	}
	if v.byteFallback {
		m.bytes = make([]int32, 256)
	}
	words := make(map[string]int32, len(v.pieces))
	lowest := float32(math.MaxFloat32)
	for i, p := range v.pieces {
		id := int32(i) //nolint:gosec // At most maxPieces.
		m.ids[p.text], m.scores[i] = id, p.score
		switch p.kind {
		case normalPiece:
			lowest = min(lowest, p.score)
			m.highest = max(m.highest, p.score)
			words[p.text] = id
		case userDefinedPiece:
			m.bonus[i] = true
			words[p.text] = id
		case unknownPiece:
			m.unknown = id
		case bytePiece:
			m.bytes[byteOf(p.text)] = id
		case controlPiece, unusedPiece:
		}
	}
	m.unkScore = lowest - unknownPenalty
	m.trie = newTrie(words)
	return m, nil
}

// id returns the piece with a text, or the unknown one.
func (m *model) id(text []byte) int32 {
	if id, ok := m.ids[string(text)]; ok {
		return id
	}
	return m.unknown
}

// token is a piece and where it stands in the normalised text.
type token struct{ id, start, end int32 }

// step is the best way found to reach a position of the normalised text.
type step struct {
	score float32
	id    int32
	from  int32 // where the last piece begins; -1 while nothing leads here
}

// encode normalises a text and returns its tokens, or the first of them where
// there are more than enough. They stay valid until the next call with the same
// scratch.
// Source: Model::EncodeOptimized in SentencePiece's unigram_model.cc: scores
// are float32, sums are compared in float64, and the first of equals wins.
func (m *model) encode(s *scratch, text []byte, enough int) []token {
	s.normalized = m.normalize(s.normalized[:0], text)
	s.tokens = s.tokens[:0]
	n := len(s.normalized)
	// s.best holds the steps from base to the farthest position reached.
	s.best = append(s.best[:0], step{from: -1})
	base := 0
	for at := 0; at < n; {
		if at > base && at == base+len(s.best)-1 {
			// No piece crosses this position, so that every way leads through
			// it, and the best way to it is part of the best way to the end.
			m.trace(s, base)
			if len(s.tokens) > enough {
				break
			}
			s.best = append(s.best[:0], step{score: s.best[at-base].score, from: -1})
			base = at
		}
		here := s.best[at-base].score
		_, width := utf8.DecodeRune(s.normalized[at:])
		single := false
		var node *trieNode
		for end := at; end < n; {
			if node = m.trie.child(node, s.normalized[end]); node == nil {
				break
			}
			end++
			if node.id < 0 {
				continue
			}
			single = single || end == at+width
			score := float64(m.scores[node.id])
			if m.bonus[node.id] {
				score = float64(float32(end-at)*m.highest) - 0.1
			}
			s.reach(at-base, end-base, node.id, float64(here)+score)
		}
		if !single {
			s.reach(at-base, at-base+width, m.unknown, float64(here+m.unkScore))
		}
		at += width
	}
	if len(s.tokens) <= enough {
		m.trace(s, base)
	}
	for i, token := range s.tokens {
		if token.id == m.unknown {
			s.tokens[i].id = m.id(s.normalized[token.start:token.end])
		}
	}
	return s.tokens
}

// reach keeps a step where it is better than those known to its end.
func (s *scratch) reach(from, to int, id int32, score float64) {
	for len(s.best) <= to {
		s.best = append(s.best, step{from: -1})
	}
	if best := &s.best[to]; best.from < 0 || score > float64(best.score) {
		*best = step{score: float32(score), id: id, from: int32(from)} //nolint:gosec // maxText and maxReplacement bound it.
	}
}

// trace appends the tokens on the best way from base to the farthest position.
// An unknown character becomes its bytes where the vocabulary has them. Else
// unknown characters in a row are one token; encode looks its text up, as
// SiglipTokenizer does with every token's.
// Source: SentencePieceProcessor::PopulateSentencePieceText.
func (m *model) trace(s *scratch, base int) {
	s.path = s.path[:0]
	for at := len(s.best) - 1; at > 0; at = int(s.best[at].from) {
		s.path = append(s.path, int32(base+at)) //nolint:gosec // See reach.
	}
	start := int32(base) //nolint:gosec // See reach.
	for _, end := range slices.Backward(s.path) {
		id, last := s.best[int(end)-base].id, len(s.tokens)-1
		switch {
		case id == m.unknown && m.bytes != nil:
			for i := start; i < end; i++ {
				s.tokens = append(s.tokens, token{m.bytes[s.normalized[i]], i, i + 1})
			}
		case id == m.unknown && last >= 0 && s.tokens[last].id == id:
			s.tokens[last].end = end
		default:
			s.tokens = append(s.tokens, token{id, start, end})
		}
		start = end
	}
}
