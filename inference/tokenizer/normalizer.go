package tokenizer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

// normalizer is SentencePiece's: a compiled map of character sequences, and
// the treatment of spaces.
// Source: normalizer.cc in SentencePiece.
type normalizer struct {
	trie              []uint32 // a double array as darts-clone lays it out
	replacements      []byte   // what trie values point into, each ended by 0
	removeExtraSpaces bool
	space             string // what a space becomes
}

func newNormalizer(v *vocabulary) (*normalizer, error) {
	n := &normalizer{removeExtraSpaces: v.removeExtraSpaces, space: " "}
	if v.escapeSpaces {
		n.space = blank
	}
	if len(v.charsmap) == 0 {
		return n, nil
	}
	if len(v.charsmap) < 4 {
		return nil, errors.New("its character map is cut off")
	}
	size := binary.LittleEndian.Uint32(v.charsmap)
	rest := v.charsmap[4:]
	if size%4 != 0 || uint64(size) >= uint64(len(rest)) || rest[len(rest)-1] != 0 {
		return nil, fmt.Errorf("its character map claims a trie of %d bytes out of %d", size, len(rest))
	}
	n.trie = make([]uint32, size/4)
	for i := range n.trie {
		n.trie[i] = binary.LittleEndian.Uint32(rest[4*i:])
	}
	n.replacements = rest[size:]
	return n, nil
}

// normalize appends the normal form of a text.
func (n *normalizer) normalize(to, text []byte) []byte {
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

// next returns the normal form of the longest mapped prefix of a text, or of
// its first character, and how many bytes that takes.
func (n *normalizer) next(text []byte) (replacement []byte, consumed int) {
	if value, length := n.longest(text); length > 0 {
		replacement = n.replacements[value:]
		return replacement[:bytes.IndexByte(replacement, 0)], length
	}
	_, size := utf8.DecodeRune(text)
	return text[:size], size
}

// longest finds the longest key of the trie that text begins with.
// Source: DoubleArrayImpl::commonPrefixSearch in darts-clone.
func (n *normalizer) longest(text []byte) (value, length int) {
	if len(n.trie) == 0 {
		return 0, 0
	}
	at := offset(n.trie[0])
	for i, c := range text {
		at ^= uint32(c)
		if uint64(at) >= uint64(len(n.trie)) {
			break
		}
		unit := n.trie[at]
		if unit&(1<<31|0xff) != uint32(c) {
			break
		}
		at ^= offset(unit)
		if unit>>8&1 == 0 {
			continue
		}
		if uint64(at) >= uint64(len(n.trie)) {
			break
		}
		if v := int(n.trie[at] & (1<<31 - 1)); v < len(n.replacements) {
			value, length = v, i+1
		}
	}
	return value, length
}

func offset(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }
