package tokenizer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// maxReplacement bounds the bytes that one mapped sequence becomes, and with
// them the growth of a text. The longest of NFKC has 33.
const maxReplacement = 64

// charsmap maps sequences of characters to others, as it is compiled into
// vocabularies: a trie laid out as a double array by darts-clone, and the
// replacements that the trie's values point into, each ended by a zero.
// Source: Normalizer::DecodePrecompiledCharsMap in SentencePiece's normalizer.cc.
type charsmap struct {
	trie         []uint32
	replacements []byte
}

func newCharsmap(blob []byte) (charsmap, error) {
	if len(blob) == 0 {
		return charsmap{}, nil
	}
	if len(blob) < 4 {
		return charsmap{}, errors.New("its character map is cut off")
	}
	size := uint64(binary.LittleEndian.Uint32(blob))
	rest := blob[4:]
	if size < 1024 || size%1024 != 0 || size >= uint64(len(rest)) {
		return charsmap{}, fmt.Errorf("its character map of %d bytes claims a trie of %d: a trie is a multiple of 1024, and replacements follow it", len(blob), size)
	}
	m := charsmap{trie: make([]uint32, size/4), replacements: rest[size:]}
	for i := range m.trie {
		m.trie[i] = binary.LittleEndian.Uint32(rest[4*i:])
	}
	for left := m.replacements; len(left) > 0; {
		end := bytes.IndexByte(left, 0)
		if end < 0 {
			return charsmap{}, errors.New("its character map does not end in a zero")
		}
		if end > maxReplacement {
			return charsmap{}, fmt.Errorf("its character map has a replacement of %d bytes: at most %d are read", end, maxReplacement)
		}
		left = left[end+1:]
	}
	return m, nil
}

// longest returns what the longest mapped sequence that text begins with
// becomes, and the bytes of that sequence; 0 where nothing is mapped.
func (m charsmap) longest(text []byte) (replacement []byte, length int) {
	value, length := m.search(text)
	if length == 0 || value >= len(m.replacements) {
		return nil, 0
	}
	replacement = m.replacements[value:]
	return replacement[:bytes.IndexByte(replacement, 0)], length
}

// search finds the value of the longest key that text begins with.
// Source: DoubleArrayImpl::commonPrefixSearch in darts-clone. A unit holds the
// byte that leads to it, whether a key ends there, and the offset of its
// children, the first of which holds the key's value.
func (m charsmap) search(text []byte) (value, length int) {
	if len(m.trie) == 0 {
		return 0, 0
	}
	at := offset(m.trie[0])
	for i, c := range text {
		at ^= uint32(c)
		if uint64(at) >= uint64(len(m.trie)) {
			break
		}
		unit := m.trie[at]
		if unit&(1<<31|0xff) != uint32(c) {
			break
		}
		at ^= offset(unit)
		if uint64(at) >= uint64(len(m.trie)) {
			break
		}
		if unit>>8&1 == 1 {
			value, length = int(m.trie[at]&(1<<31-1)), i+1
		}
	}
	return value, length
}

func offset(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }
