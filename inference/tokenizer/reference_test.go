package tokenizer

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const testdata = "../testdata"

// TestReference compares with texts and ids that oracle/tokenizer_diff.py
// wrote: those of the folders in testdata/tokenizer, and of the folders below
// RSCLIP_TOKENIZER_DIFF, where that is set.
func TestReference(t *testing.T) {
	t.Parallel()
	roots := []string{filepath.Join(testdata, "tokenizer")}
	if more := os.Getenv("RSCLIP_TOKENIZER_DIFF"); more != "" {
		roots = append(roots, more)
	} else {
		t.Log("RSCLIP_TOKENIZER_DIFF is not set: only the committed sample is compared")
	}
	for _, root := range roots {
		texts, err := filepath.Glob(filepath.Join(root, "*", "texts.jsonl.gz"))
		if err != nil || len(texts) == 0 {
			t.Fatalf("%s has no folder with a texts.jsonl.gz (%v)", root, err)
		}
		for _, path := range texts {
			_, head := openReferences(t, path)
			for _, name := range head.Vocabularies {
				vocabulary := filepath.Join(filepath.Dir(path), name)
				t.Run(filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(name)), func(t *testing.T) {
					t.Parallel()
					compare(t, vocabulary, path)
				})
			}
		}
	}
}

// reference is a text with what the reference gives for it.
type reference struct {
	text      string
	ids       []int64 // SiglipTokenizer's, without the padding
	truncated bool
	alone     []int32 // SentencePiece's, at most 128
}

func (r *reference) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&r.text, &r.ids, &r.truncated, &r.alone})
}

func compare(t *testing.T, vocabulary, path string) {
	t.Helper()
	tok, err := Load(vocabulary)
	if err != nil {
		t.Fatal(err)
	}
	texts, _ := openReferences(t, path)
	compared, different := 0, 0
	for ; texts.Scan(); compared++ {
		var r reference
		if err := json.Unmarshal(texts.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		for len(r.ids) < 64 {
			r.ids = append(r.ids, int64(tok.eos))
		}
		ids := make([]int64, 64)
		truncated := tok.Encode(ids, r.text)
		var alone []int32
		for _, token := range tok.model.encode(new(scratch), []byte(r.text), 128) {
			alone = append(alone, token.id)
		}
		alone = alone[:min(len(alone), 128)]
		if slices.Equal(ids, r.ids) && truncated == r.truncated && slices.Equal(alone, r.alone) {
			continue
		}
		if different++; different <= 10 {
			t.Errorf("%q\n got %v %v\nwant %v %v\n got alone %v\nwant alone %v", r.text, ids, truncated, r.ids, r.truncated, alone, r.alone)
		}
	}
	if err := texts.Err(); err != nil || compared == 0 {
		t.Fatalf("%d texts compared: %v", compared, err)
	}
	t.Logf("%d differences in %d texts", different, compared)
}

// referenceHead is the first line.
type referenceHead struct{ Vocabularies []string }

// openReferences returns the lines of a texts.jsonl.gz behind the first.
func openReferences(t *testing.T, path string) (*bufio.Scanner, referenceHead) {
	t.Helper()
	lines := openLines(t, path)
	lines.Scan()
	var head referenceHead
	if err := json.Unmarshal(lines.Bytes(), &head); err != nil || len(head.Vocabularies) == 0 {
		t.Fatalf("%s: its first line names no vocabularies: %v", path, err)
	}
	return lines, head
}

// openLines returns the lines of a compressed file.
func openLines(t *testing.T, path string) *bufio.Scanner {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	return lines
}
