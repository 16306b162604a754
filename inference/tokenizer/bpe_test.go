package tokenizer

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// small is a tokenizer.json whose parts can be replaced.
const small = `{"added_tokens": [{"id": 0, "content": "<pad>"}, {"id": 1, "content": "<eos>"}], "normalizer": null, "pre_tokenizer": null,
 "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "<eos>"}}], "special_tokens": {"<eos>": {"ids": [1]}}},
 "model": {"type": "BPE", "dropout": null, "unk_token": null, "ignore_merges": false, "vocab": {"<pad>": 0, "<eos>": 1, "a": 2, "b": 3, "ab": 4}, "merges": ["a b"]}}`

// TestRefusedBPE asks for what is not served, each by its key.
func TestRefusedBPE(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ old, new, want string }{
		{`"BPE"`, `"WordPiece"`, "model.type"},
		{`"dropout": null`, `"dropout": 0.1`, "model.dropout"},
		{`"ignore_merges": false`, `"ignore_merges": true`, "model.ignore_merges"},
		{`"unk_token": null`, `"unk_token": "<unk>"`, "model.unk_token"},
		{`"unk_token": null`, `"unk_token": null, "continuing_subword_prefix": "##"`, "model.continuing_subword_prefix"},
		{`"unk_token": null`, `"unk_token": null, "end_of_word_suffix": "</w>"`, "model.end_of_word_suffix"},
		{`"b": 3`, `"b": -3`, "model.vocab"},
		{`"b": 3`, `"b": 1048576`, "model.vocab"},
		{`"b": 3`, `"b": 3000000000`, "model.vocab"},
		{`["a b"]`, `["a c"]`, "model.merges[0]"},
		{`["a b"]`, `["a b c"]`, "model.merges[0]"},
		{`["a b"]`, `[["a"]]`, "model.merges[0]"},
		{`["a b"]`, `7`, "model.merges"},
		{`"content": "<pad>"`, `"content": "<pad>", "lstrip": true`, "added_tokens"},
		{`"content": "<pad>"`, `"content": "<pad>", "single_word": true`, "added_tokens"},
		{`"id": 0, "content": "<pad>"`, `"id": 9, "content": "<none>"`, `no "<pad>"`},
		{`"id": 0, "content": "<pad>"`, `"id": 2, "content": "<pad>"`, "added_tokens"},
		{`"id": 0, "content": "<pad>"`, `"id": 0, "content": ""`, "added_tokens"},
		{`"normalizer": null`, `"normalizer": {"type": "NFKC"}`, `"NFKC"`},
		{`"normalizer": null`, `"normalizer": {"type": "Replace", "pattern": {"Regex": "a"}, "content": "b"}`, "normalizer"},
		{`"normalizer": null`, `"normalizer": {"type": "Replace", "pattern": {"String": "a"}, "content": "aaaaaaaaaaa"}`, "normalizer"},
		{`"normalizer": null`, `"normalizer": ` + strings.Repeat(`{"type": "Sequence", "normalizers": [`, 40) + strings.Repeat("]}", 40), "normalizer"},
		{`"pre_tokenizer": null`, `"pre_tokenizer": {"type": "ByteLevel"}`, "pre_tokenizer"},
		{`"pre_tokenizer": null`, `"pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "Isolated", "invert": false}`, "pre_tokenizer"},
		{`"TemplateProcessing"`, `"ByteLevel"`, "post_processor"},
		{`{"ids": [1]}`, `{"ids": [2]}`, "post_processor"},
		{`{"Sequence": {"id": "A"}}, `, ``, "post_processor"},
		{`{"added_tokens"`, `[{"added_tokens"`, "no tokenizer.json"},
	} {
		data := strings.Replace(small, tt.old, tt.new, 1)
		if data == small {
			t.Fatalf("there is no %s", tt.old)
		}
		if _, err := parseBPE([]byte(data)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.new, err, tt.want)
		}
	}
	if _, err := parseBPE([]byte(small)); err != nil {
		t.Error(err)
	}
}

// TestBPEToAnyLength checks room, padding on either side and what is left out.
func TestBPEToAnyLength(t *testing.T) {
	t.Parallel()
	for _, left := range []bool{false, true} {
		tok, err := parseBPE([]byte(small))
		if err != nil {
			t.Fatal(err)
		}
		tok.padLeft = left
		for length, want := range map[int][]int64{0: {}, 1: {1}, 2: {4, 1}, 3: {4, 2, 1}, 5: {4, 2, 1, 0, 0}} {
			if left && length == 5 {
				want = []int64{0, 0, 4, 2, 1}
			}
			ids := make([]int64, length)
			truncated := tok.Encode(ids, "ab\xffa") // What has no token is nothing.
			if !slices.Equal(ids, want) || truncated != (length < 3) || tok.Count(ids) != min(length, 3) {
				t.Errorf("%d, left %t: got %v, %t, %d tokens, want %v", length, left, ids, truncated, tok.Count(ids), want)
			}
		}
	}
}

// TestDecoded replaces bytes as Python does.
func TestDecoded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"é": "é", "\xff": "\ufffd", "a\xe2\x82b": "a\ufffdb", "\xf0\x9f\x9b": "\ufffd", "\xff\xfe": "\ufffd\ufffd"} {
		if got := decoded(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// TestAHugeVocabularyIsRefused has more tokens, or pairs, than memory should hold.
func TestAHugeVocabularyIsRefused(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out large vocabularies")
	}
	tokens := `{"model": {"type": "BPE", "merges": [], "vocab": {"a": 0` + strings.Repeat(`,"b":1`, 2*maxPieces+1) + `}}}`
	pairs := `{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a a"` + strings.Repeat(`,["",""]`, 2*maxMerges) + `]}}`
	for want, data := range map[string]string{"model.vocab": tokens, "model.merges": pairs} {
		if _, err := parseBPE([]byte(data)); err == nil || !strings.Contains(err.Error(), want+" has more than") {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

// BenchmarkBPE encodes a caption, and texts of 256 KiB that are hard.
func BenchmarkBPE(b *testing.B) {
	data, err := os.ReadFile(filepath.Join(testdata, "bpe/lower/tokenizer.json"))
	if err != nil {
		b.Fatal(err)
	}
	tok, err := parseBPE(data)
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range map[string]string{
		"caption": "A remote sensing image of a river, with TWO bridges near Zürich.", "letters": strings.Repeat("a", 256<<10), "words": strings.Repeat("river ", 256<<10/6),
		"one word": strings.Repeat("river", 256<<10/5), "unknown": strings.Repeat("🛰", 256<<10/4), "special": strings.Repeat("<eos>", 256<<10/5), "nearly": strings.Repeat("<", 256<<10),
	} {
		b.Run(name, func(b *testing.B) {
			ids := make([]int64, 64)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				tok.Encode(ids, text)
			}
		})
	}
}

func ExampleBPE_Encode() {
	tok, err := LoadBPE(filepath.Join(testdata, "tiny-siglip2/tokenizer.json"), false)
	if err != nil {
		fmt.Println(err)
		return
	}
	ids := make([]int64, 12)
	truncated := tok.Encode(ids, "a RIVER mouth")
	fmt.Println(len(ids), tok.Count(ids), truncated)
	// Output: 12 6 false
}
