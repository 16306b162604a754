package tokenizer

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// blank is how SentencePiece writes a space: U+2581.
const blank = "▁"

// normalizer is SentencePiece's: a map of character sequences, pieces that it
// leaves alone, and the treatment of spaces.
// Source: Normalizer::Normalize in SentencePiece's normalizer.cc.
type normalizer struct {
	charsmap
	userDefined       *trie
	removeExtraSpaces bool
	space             string // what a space becomes
}

func newNormalizer(v *vocabulary) (*normalizer, error) {
	m, err := newCharsmap(v.charsmap)
	if err != nil {
		return nil, err
	}
	n := &normalizer{charsmap: m, removeExtraSpaces: v.removeExtraSpaces, space: " "}
	if v.escapeSpaces {
		n.space = blank
	}
	userDefined := map[string]int32{}
	for i, p := range v.pieces {
		if p.kind == userDefinedPiece {
			userDefined[p.text] = int32(i) //nolint:gosec // At most maxPieces.
		}
	}
	if len(userDefined) > 0 {
		n.userDefined = newTrie(userDefined)
	}
	return n, nil
}

// normalize appends the normal form of a text.
func (n *normalizer) normalize(to, text []byte) []byte {
	to = slices.Grow(to, len(text))
	start := len(to)
	// At the start, and behind a space, spaces are dropped.
	behindSpace := n.removeExtraSpaces
	for len(text) > 0 {
		replacement, consumed := n.next(text)
		text = text[consumed:]
		for behindSpace && len(replacement) > 0 && replacement[0] == ' ' {
			replacement = replacement[1:]
		}
		if len(replacement) == 0 {
			continue
		}
		for _, c := range replacement {
			if c == ' ' {
				to = append(to, n.space...)
			} else {
				to = append(to, c)
			}
		}
		behindSpace = n.removeExtraSpaces && replacement[len(replacement)-1] == ' '
	}
	if n.removeExtraSpaces {
		for len(to) > start && bytes.HasSuffix(to[start:], []byte(n.space)) {
			to = to[:len(to)-len(n.space)]
		}
	}
	return to
}

// next returns the normal form of what a text begins with, and how many bytes
// that takes: a user-defined piece, a mapped sequence, or one character.
func (n *normalizer) next(text []byte) (replacement []byte, consumed int) {
	if n.userDefined != nil {
		if length := n.userDefined.longest(text); length > 0 {
			return text[:length], length
		}
	}
	if replacement, length := n.longest(text); length > 0 {
		return replacement, length
	}
	_, size := utf8.DecodeRune(text)
	return text[:size], size
}
