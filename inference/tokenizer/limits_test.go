package tokenizer

import (
	"bytes"
	"math"
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// TestLoadRefusesManyPieces has one more than are read, in both forms.
func TestLoadRefusesManyPieces(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out large vocabularies")
	}
	empty := protowire.AppendBytes(protowire.AppendTag(nil, modelPieces.number, modelPieces.kind), nil)
	for want, data := range map[string][]byte{
		"it has more than 1048576 pieces": bytes.Repeat(empty, maxPieces+1),
		"it has 1048577 pieces":           []byte(`{"model": {"type": "Unigram", "vocab": [` + strings.Repeat(`["",0],`, maxPieces) + `["",0]]}}`),
		// As many as are read, of which all are wrong.
		"piece 0 has 0 bytes": bytes.Repeat(empty, maxPieces),
	} {
		if _, err := parse(data); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

func TestMalformedFieldsAreErrors(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"a tag that does not end":    bytes.Repeat([]byte{0xff}, 11),
		"a number that does not end": append([]byte{0x08}, bytes.Repeat([]byte{0xff}, 10)...),
		"a group that does not end":  {0x0b, 0x08, 0x01},
	} {
		if _, err := parseSpiece(data); err == nil || !strings.Contains(err.Error(), "it is no SentencePiece model: ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestSpieceSaysWhatItsNormalizerDoes sets each of its switches.
func TestSpieceSaysWhatItsNormalizerDoes(t *testing.T) {
	t.Parallel()
	for _, extra := range []uint64{0, 1, 2} {
		for _, escape := range []uint64{0, 1, 2} {
			var n []byte
			n = protowire.AppendVarint(protowire.AppendTag(n, normalizerRemoveExtraSpaces.number, normalizerRemoveExtraSpaces.kind), extra)
			n = protowire.AppendVarint(protowire.AppendTag(n, normalizerEscapeSpaces.number, normalizerEscapeSpaces.kind), escape)
			data := protowire.AppendBytes(protowire.AppendTag(spiece(1, false, nil, siglip()), modelNormalizer.number, modelNormalizer.kind), n)
			v, err := parseSpiece(data)
			if err != nil || v.removeExtraSpaces != (extra != 0) || v.escapeSpaces != (escape != 0) {
				t.Errorf("%d and %d: %v, %v", extra, escape, v, err)
			}
		}
	}
	v, err := parseSpiece(spiece(1, true, nil, siglip(bytePieces()...)))
	if err != nil || !v.removeExtraSpaces || !v.escapeSpaces || !v.byteFallback {
		t.Errorf("by default: %v, %v", v, err)
	}
}

// TestThePieceOfTheUnknownMayBeTheFirst loads such a vocabulary.
func TestThePieceOfTheUnknownMayBeTheFirst(t *testing.T) {
	t.Parallel()
	tok, err := parse([]byte(`{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["</s>", 0], ["a", -3]]}}`))
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int64, 4)
	if tok.Encode(ids, "a🛰") || ids[3] != 1 {
		t.Errorf("got %v", ids)
	}
}

// TestALongTextNeedsLittleMemory encodes a mebibyte of words: whole, where the
// ways that are kept end with each word, and no more of it than is enough.
func TestALongTextNeedsLittleMemory(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../testdata/tiny-base/spiece.model")
	if err != nil {
		t.Fatal(err)
	}
	tok, err := parse(data)
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(strings.Repeat("river ", 1<<20/6))
	s := new(scratch)
	whole := len(tok.model.encode(s, text, math.MaxInt))
	if whole < 1<<20/6 || cap(s.best) > 1000 || cap(s.path) > 1000 {
		t.Errorf("%d tokens, ways of %d steps, paths of %d", whole, cap(s.best), cap(s.path))
	}
	if n := len(tok.model.encode(new(scratch), text, 5)); n < 6 || n > 50 {
		t.Errorf("%d tokens, where 5 are enough", n)
	}
}

// TestSizeOfScratch counts what is kept between texts.
func TestSizeOfScratch(t *testing.T) {
	t.Parallel()
	s := &scratch{
		text: make([]byte, 0, 1), part: make([]byte, 0, 20), normalized: make([]byte, 0, 300),
		best: make([]step, 0, 4_000), path: make([]int32, 0, 50_000), tokens: make([]token, 0, 600_000),
	}
	if got, want := s.size(), 1+20+300+12*4_000+4*50_000+12*600_000; got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}
