package tokenizer

import (
	"encoding/binary"
	"testing"
)

// A trie laid out by hand: "a" and "ab" are keys. A unit's low byte is the byte
// that leads to it, bit 8 says that a key ends there, bit 9 that the offset,
// from bit 10 on, counts in 256.
func TestCharsmapFollowsTheDoubleArray(t *testing.T) {
	t.Parallel()
	const ends, wide = 1 << 8, 1 << 9
	trieWith := func(valueOfA, valueOfAB uint32) charsmap {
		m := charsmap{trie: make([]uint32, 1024), replacements: []byte("x\x00yz\x00")}
		m.trie[0] = 1 << 10
		m.trie[1^'a'] = 'a' | ends | wide | 2<<10
		m.trie[1^'a'^512] = 1<<31 | valueOfA
		m.trie[1^'a'^512^'b'] = 'b' | ends | 3<<10
		m.trie[1^'a'^512^'b'^3] = 1<<31 | valueOfAB
		return m
	}
	tests := map[string]struct {
		m           charsmap
		text        string
		replacement string
		length      int
	}{
		"no map":                     {charsmap{}, "a", "", 0},
		"the key":                    {trieWith(0, 2), "a", "x", 1},
		"the key and more":           {trieWith(0, 2), "ac", "x", 1},
		"the longer key":             {trieWith(0, 2), "ab", "yz", 2},
		"within a replacement":       {trieWith(0, 3), "ab", "z", 2},
		"the end of a replacement":   {trieWith(1, 2), "a", "", 1},
		"no key":                     {trieWith(0, 2), "b", "", 0},
		"a zero":                     {trieWith(0, 2), "\x00", "", 0},
		"a zero in the key":          {trieWith(0, 2), "a\x00", "x", 1},
		"nothing":                    {trieWith(0, 2), "", "", 0},
		"a value beyond the end":     {trieWith(0, 5), "ab", "", 0},
		"a value far beyond the end": {trieWith(0, 1<<31-1), "ab", "", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replacement, length := test.m.longest([]byte(test.text))
			if string(replacement) != test.replacement || length != test.length {
				t.Errorf("got %q %d, want %q %d", replacement, length, test.replacement, test.length)
			}
		})
	}
}

// Offsets that lead out of the trie end the search.
func TestCharsmapStaysInTheTrie(t *testing.T) {
	t.Parallel()
	for name, root := range map[string]uint32{"at the root": 1<<31 - 1, "at a child": 1 << 10} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			blob := trieOf("x\x00")
			binary.LittleEndian.PutUint32(blob[4:], root)
			binary.LittleEndian.PutUint32(blob[4+4*(1^'a'):], 'a'|1<<8|1<<9|1<<20)
			m, err := newCharsmap(blob)
			if err != nil {
				t.Fatal(err)
			}
			if _, length := m.longest([]byte("aaaa")); length != 0 {
				t.Errorf("got %d", length)
			}
		})
	}
}
