package tokenizer

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// siglip are the pieces that every vocabulary here begins with.
func siglip(more ...piece) []piece {
	return append([]piece{
		{"<pad>", 0, controlPiece}, {"</s>", 0, controlPiece}, {"<unk>", 0, unknownPiece}, {blank, -2, normalPiece}, {"a", -3, normalPiece},
	}, more...)
}

// bytePieces are all that byte fallback needs.
func bytePieces() []piece {
	pieces := make([]piece, 256)
	for i := range pieces {
		pieces[i] = piece{fmt.Sprintf("<0x%02X>", i), 0, bytePiece}
	}
	return pieces
}

// spiece writes a spiece.model.
func spiece(modelType uint64, byteFallback bool, charsmap []byte, pieces []piece) []byte {
	var data, trainer, normalizer []byte
	for _, p := range pieces {
		var b []byte
		b = protowire.AppendString(protowire.AppendTag(b, pieceText.number, pieceText.kind), p.text)
		b = protowire.AppendFixed32(protowire.AppendTag(b, pieceScore.number, pieceScore.kind), math.Float32bits(p.score))
		b = protowire.AppendVarint(protowire.AppendTag(b, pieceType.number, pieceType.kind), uint64(p.kind))
		data = protowire.AppendBytes(protowire.AppendTag(data, modelPieces.number, modelPieces.kind), b)
	}
	trainer = protowire.AppendVarint(protowire.AppendTag(trainer, trainerModelType.number, trainerModelType.kind), modelType)
	trainer = protowire.AppendVarint(protowire.AppendTag(trainer, trainerByteFallback.number, trainerByteFallback.kind), protowire.EncodeBool(byteFallback))
	data = protowire.AppendBytes(protowire.AppendTag(data, modelTrainer.number, modelTrainer.kind), trainer)
	normalizer = protowire.AppendBytes(protowire.AppendTag(normalizer, normalizerCharsmap.number, normalizerCharsmap.kind), charsmap)
	return protowire.AppendBytes(protowire.AppendTag(data, modelNormalizer.number, modelNormalizer.kind), normalizer)
}

// trieOf is a character map with a trie of one empty block.
func trieOf(replacements string) []byte {
	return append(append(binary.LittleEndian.AppendUint32(nil, 1024), make([]byte, 1024)...), replacements...)
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	unigram := func(rest string) []byte { return []byte(`{"model": {"type": "Unigram", ` + rest) }
	const vocab = `"unk_id": 2, "vocab": [["<pad>", 0], ["</s>", 0], ["<unk>", 0], ["▁", -2], ["a", -3]]}`
	whole := spiece(1, false, nil, siglip())
	tests := map[string]struct {
		data []byte
		want string
	}{
		"empty":                    {nil, "it has no pieces"},
		"text":                     {[]byte("hello, world"), "no SentencePiece model"},
		"cut off":                  {whole[:len(whole)-1], "no SentencePiece model: unexpected EOF"},
		"cut off in a piece":       {whole[:3], "no SentencePiece model: unexpected EOF"},
		"BPE":                      {spiece(2, false, nil, siglip()), "its model type is 2 (BPE)"},
		"no kind of model":         {spiece(9, false, nil, siglip()), "its model type is 9 ()"},
		"no </s>":                  {spiece(1, false, nil, siglip()[2:]), `no control piece "</s>"`},
		"</s> that matches":        {spiece(1, false, nil, append(siglip()[2:], piece{"</s>", -4, userDefinedPiece})), `no control piece "</s>"`},
		"no unknown piece":         {spiece(1, false, nil, siglip()[:2]), "0 pieces stand for what is unknown"},
		"two unknown pieces":       {spiece(1, false, nil, siglip(piece{"?", 0, unknownPiece})), "2 pieces stand for what is unknown"},
		"another unknown piece":    {spiece(1, false, nil, append(siglip()[3:], piece{"⁇", 0, unknownPiece}, piece{"</s>", 0, controlPiece})), `its unknown piece is not "<unk>"`},
		"no normal piece":          {spiece(1, false, nil, siglip()[:3]), "no normal piece"},
		"piece twice":              {spiece(1, false, nil, siglip(piece{"a", -4, normalPiece})), `pieces 4 and 5 are both "a"`},
		"empty piece":              {spiece(1, false, nil, siglip(piece{"", -4, normalPiece})), "piece 5 has 0 bytes"},
		"long piece":               {spiece(1, false, nil, siglip(piece{strings.Repeat("a", 1025), -4, normalPiece})), "piece 5 has 1025 bytes"},
		"piece with a zero":        {spiece(1, false, nil, siglip(piece{"a\x00", -4, normalPiece})), `piece 5, "a\x00"`},
		"piece that is no text":    {spiece(1, false, nil, siglip(piece{"\xff", -4, normalPiece})), `piece 5, "\xff"`},
		"score that is no number":  {spiece(1, false, nil, siglip(piece{"b", float32(math.NaN()), normalPiece})), `piece 5, "b", has the score NaN`},
		"infinite score":           {spiece(1, false, nil, siglip(piece{"b", float32(math.Inf(1)), normalPiece})), `piece 5, "b", has the score +Inf`},
		"no kind of piece":         {spiece(1, false, nil, siglip(piece{"b", -4, 7})), `piece 5, "b", is of kind 7`},
		"bytes without fallback":   {spiece(1, false, nil, siglip(piece{"<0x41>", 0, bytePiece})), `piece 5, "<0x41>", stands for no byte`},
		"no byte":                  {spiece(1, true, nil, siglip(piece{"<0x4g>", 0, bytePiece})), `piece 5, "<0x4g>", stands for no byte`},
		"few bytes":                {spiece(1, true, nil, siglip(bytePieces()[1:]...)), "255 pieces stand for bytes"},
		"map cut off":              {spiece(1, false, []byte("abc"), siglip()), "character map is cut off"},
		"map with a lying trie":    {spiece(1, false, []byte("\xff\xff\xff\xff...."), siglip()), "claims a trie of 4294967295"},
		"map with an odd trie":     {spiece(1, false, []byte("\x04\x00\x00\x00....\x00"), siglip()), "claims a trie of 4"},
		"map without replacements": {spiece(1, false, trieOf(""), siglip()), "claims a trie of 1024"},
		"map without an end":       {spiece(1, false, trieOf("abc"), siglip()), "does not end in a zero"},
		"map that grows too much":  {spiece(1, false, trieOf(strings.Repeat("a", 65)+"\x00"), siglip()), "replacement of 65 bytes"},

		"JSON cut off":             {unigram(vocab), "no tokenizer.json: unexpected end"},
		"JSON of something else":   {[]byte(`{}`), `its model is ""`},
		"JSON with BPE":            {[]byte(`{"model": {"type": "BPE", "vocab": {"a": 1}, "merges": []}}`), `its model is "BPE"`},
		"JSON with WordPiece":      {[]byte(`{"model": {"type": "WordPiece", "vocab": {"a": 1}}}`), `its model is "WordPiece"`},
		"JSON with no vocabulary":  {unigram(`"unk_id": 0}}`), "reading model.vocab"},
		"JSON with a map":          {unigram(`"vocab": {"a": 1}}}`), "reading model.vocab"},
		"JSON with a triple":       {unigram(`"vocab": [["a", 1, 2]]}}`), `["a", 1, 2] is no pair`},
		"JSON with a wrong score":  {unigram(`"vocab": [["a", "b"]]}}`), "cannot unmarshal string"},
		"JSON with a huge score":   {unigram(`"vocab": [["a", 1e99]]}}`), "cannot unmarshal number 1e99"},
		"JSON without unknown":     {unigram(`"vocab": [["a", -1]]}}`), "model.unk_id is the id of no piece"},
		"JSON with a wrong id":     {unigram(`"unk_id": 1, "vocab": [["a", -1]]}}`), "model.unk_id is the id of no piece"},
		"JSON with a foreign step": {unigram(vocab + `, "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFD"}]}}`), `step of type "NFD"`},
		"JSON with two maps":       {unigram(vocab + `, "normalizer": {"type": "Sequence", "normalizers": [{"type": "Precompiled", "precompiled_charsmap": "AAAA"}, {"type": "Precompiled"}]}}`), "two steps"},
		"JSON with added pieces":   {unigram(vocab + `, "added_tokens": [{"id": 5, "content": "<extra>"}]}`), `added token "<extra>" has the id 5`},
		"JSON with moved pieces":   {unigram(vocab + `, "added_tokens": [{"id": 0, "content": "</s>"}]}`), `added token "</s>" has the id 0`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "vocabulary")
			if err := os.WriteFile(path, test.data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path)
			if err == nil || !strings.HasPrefix(err.Error(), "reading vocabulary "+path+": ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestLoadReadsTheLeast(t *testing.T) {
	t.Parallel()
	tests := map[string][]byte{
		"spiece":            spiece(1, false, nil, siglip()),
		"spiece with bytes": spiece(1, true, nil, siglip(bytePieces()...)),
		"spiece with map":   spiece(1, false, trieOf(strings.Repeat("a", maxReplacement)+"\x00"), siglip()),
		"JSON":              []byte(` {"model": {"type": "Unigram", "unk_id": 1, "vocab": [["</s>", 0], ["<unk>", 0], ["a", -3]]}}`),
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := parse(data); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLoadRefusesLargeFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "spiece.model")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, maxFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "has more than 67108864 bytes") {
		t.Error(err)
	}
}
