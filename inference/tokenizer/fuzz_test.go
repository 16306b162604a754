package tokenizer

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// seeds are vocabularies of every kind, in both forms.
func seeds(t testing.TB) [][]byte {
	t.Helper()
	files := [][]byte{
		spiece(1, false, nil, siglip()),
		spiece(1, false, trieOf("a\x00"), siglip()),
		spiece(1, true, nil, siglip(bytePieces()...)),
		[]byte(`{"model": {"type": "Unigram", "unk_id": 1, "vocab": [["</s>", 0], ["<unk>", 0], ["a", -3]]}}`),
	}
	for _, path := range []string{"bytes/spiece.model", "rules/spiece.model", "rules/tokenizer.json", "spaces/spiece.model", "symbols/spiece.model", "holes/spiece.model", "ties/spiece.model"} {
		data, err := os.ReadFile(filepath.Join(testdata, "tokenizer", path))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, data)
	}
	return files
}

// checkEncode checks what holds for every vocabulary and text.
func checkEncode(t *testing.T, tok *Tokenizer, text string, length int) {
	t.Helper()
	ids, longer := make([]int64, length), make([]int64, 2*length+1)
	truncated := tok.Encode(ids, text)
	truncatedLonger := tok.Encode(longer, text)
	for _, id := range longer {
		if id < 0 || id >= int64(tok.VocabSize()) {
			t.Fatalf("%q: id %d of %d", text, id, tok.VocabSize())
		}
	}
	last := max(0, length-1)
	if length > 0 && ids[last] != int64(tok.eos) {
		t.Errorf("%q: %v does not end in </s>", text, ids)
	}
	if !slices.Equal(ids[:last], longer[:last]) {
		t.Errorf("%q: %d ids begin otherwise than %d\n%v\n%v", text, length, len(longer), ids, longer)
	}
	lost := truncatedLonger || slices.ContainsFunc(longer[last:], func(id int64) bool { return id != int64(tok.eos) })
	if truncated != lost {
		t.Errorf("%q: truncated is %v, want %v: %v\n%v", text, truncated, lost, ids, longer)
	}
	// Stopping early changes none of the tokens before.
	s, all := new(scratch), new(scratch)
	early := tok.model.encode(s, []byte(strings.ToValidUTF8(text, "\ufffd")), length)
	whole := tok.model.encode(all, []byte(strings.ToValidUTF8(text, "\ufffd")), math.MaxInt)
	if n := min(len(early), length); !slices.Equal(early[:n], whole[:n]) || len(early) < length && len(early) != len(whole) {
		t.Errorf("%q: stopped early: %v\nwhole: %v", text, early, whole)
	}
}

func FuzzEncode(f *testing.F) {
	tiny, err := Load(filepath.Join(testdata, "tiny-base/spiece.model"))
	if err != nil {
		f.Fatal(err)
	}
	tokenizers := []*Tokenizer{tiny}
	for _, data := range seeds(f) {
		tok, err := parse(data)
		if err != nil {
			f.Fatal(err)
		}
		tokenizers = append(tokenizers, tok)
	}
	for _, text := range []string{
		"", "a remote sensing image of river", "</s>", "a</s><unk>b", "İSTANBUL", "卫星图像", "👩\u200d🚀", "\xff\xe2\x82", "☺ ☻ ＜／ｓ＞", "▁▁a▁",
		strings.Repeat("river ", 40), strings.Repeat("🛰", 100),
	} {
		f.Add(text, uint8(64))
		f.Add(text, uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, length uint8) {
		for _, tok := range tokenizers {
			checkEncode(t, tok, text, int(length))
		}
	})
}

// fuzzLoad parses vocabularies, and encodes with those that parse.
func fuzzLoad(f *testing.F, isJSON bool) {
	for _, data := range seeds(f) {
		if (data[0] == '{') == isJSON {
			f.Add(data, "a remote sensing▁image of é 卫星 ① ﷺ ☺ </s> river")
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		tok, err := parse(data)
		if err == nil {
			checkEncode(t, tok, text, 64)
		}
	})
}

func FuzzLoadSpiece(f *testing.F) { fuzzLoad(f, false) }

func FuzzLoadJSON(f *testing.F) { fuzzLoad(f, true) }

// FuzzLoadBPE parses tokenizers of byte pairs, and encodes with those that parse.
// Whatever they are, ids are below their number, and a longer result begins alike.
func FuzzLoadBPE(f *testing.F) {
	for _, name := range []string{"left", "unknown", "unfused", "holes", "added"} {
		data, err := os.ReadFile(filepath.Join(testdata, "bpe", name, "tokenizer.json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "a  remote sensing▁image of é 卫星 <eos> river\n\n🛰", uint8(64))
	}
	f.Add([]byte(`{"added_tokens": [{"id": 0, "content": "<pad>", "normalized": true}], "normalizer": {"type": "Replace", "pattern": {"String": "a"}, "content": "aaaa"},
		"model": {"type": "BPE", "vocab": {"<pad>": 0, "a": 1, "aa": 2, "aaa": 3}, "merges": ["a a", "aa a", "a aa"]}}`), "aaaaaaa", uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, text string, length uint8) {
		tok, err := parseBPE(data)
		if err != nil {
			return
		}
		ids, longer := make([]int64, length), make([]int64, 2*int(length)+40)
		truncated := tok.Encode(ids, text)
		tok.Encode(longer, text)
		for _, id := range longer {
			if id < 0 || id >= int64(tok.VocabSize()) {
				t.Fatalf("%q: id %d of %d", text, id, tok.VocabSize())
			}
		}
		if n := tok.Count(ids); n < 0 || n > len(ids) {
			t.Errorf("%q: %d tokens of %d ids", text, n, len(ids))
		}
		before, after := tok.Around()
		if room := int(length) - len(before) - len(after); room > 0 {
			if begin := len(before) + room; !slices.Equal(ids[:begin], longer[:begin]) && truncated {
				t.Errorf("%q: %d ids begin otherwise than %d\n%v\n%v", text, length, len(longer), ids, longer)
			}
		}
	})
}
