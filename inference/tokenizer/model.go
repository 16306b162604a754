package tokenizer

import "unicode/utf8"

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
	lowest := float32(0)
	found := false
	for i, p := range v.pieces {
		id := int32(i) //nolint:gosec // At most maxPieces.
		m.ids[p.text], m.scores[i] = id, p.score
		switch p.kind {
		case normalPiece:
			if !found || p.score < lowest {
				lowest, found = p.score, true
			}
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

// encode normalises a text and returns its tokens, which stay valid until the
// next call with the same scratch.
// Source: Model::EncodeOptimized in SentencePiece's unigram_model.cc: scores
// are float32, sums are compared in float64, and the first of equals wins.
func (m *model) encode(s *scratch, text []byte) []token {
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
		here := best[at].score
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
			reach(&best[end], float64(here)+score, node.id, at)
		}
		if !single {
			reach(&best[at+width], float64(here+m.unkScore), m.unknown, at)
		}
		at += width
	}
	return m.trace(s, best)
}

func reach(to *step, score float64, id int32, from int) {
	if to.from < 0 || score > float64(to.score) {
		*to = step{score: float32(score), id: id, from: int32(from)} //nolint:gosec // maxText and maxReplacement bound it.
	}
}

// trace reads the tokens off the best way to the end. An unknown character
// becomes its bytes where the vocabulary has them. Else unknown characters in a
// row are one token, whose text is looked up as any other's.
// Source: SentencePieceProcessor::PopulateSentencePieceText, and the look-up
// of SiglipTokenizer's convert_tokens_to_ids.
func (m *model) trace(s *scratch, best []step) []token {
	s.tokens = s.tokens[:0]
	for end := int32(len(best) - 1); end > 0; { //nolint:gosec // See reach.
		id, start := best[end].id, best[end].from
		switch {
		case id != m.unknown:
			s.tokens = append(s.tokens, token{id, start, end})
		case m.bytes != nil:
			for i := end - 1; i >= start; i-- {
				s.tokens = append(s.tokens, token{m.bytes[s.normalized[i]], i, i + 1})
			}
		default:
			for start > 0 && best[start].id == m.unknown {
				start = best[start].from
			}
			s.tokens = append(s.tokens, token{m.id(s.normalized[start:end]), start, end})
		}
		end = start
	}
	for i, j := 0, len(s.tokens)-1; i < j; i, j = i+1, j-1 {
		s.tokens[i], s.tokens[j] = s.tokens[j], s.tokens[i]
	}
	return s.tokens
}
