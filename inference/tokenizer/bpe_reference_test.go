package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBPEEqualsTheReference encodes the texts of every vocabulary that
// oracle/bpe.py made, and of the folders below RSCLIP_BPE, for a longer run.
func TestBPEEqualsTheReference(t *testing.T) {
	t.Parallel()
	roots := []string{filepath.Join(testdata, "bpe")}
	if root := os.Getenv("RSCLIP_BPE"); root != "" {
		roots = append(roots, root)
	}
	for _, root := range roots {
		files, err := filepath.Glob(filepath.Join(root, "*", "texts.jsonl.gz"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no */texts.jsonl.gz (%v)", root, err)
		}
		for _, path := range files {
			folder := filepath.Dir(path)
			t.Run(filepath.Base(folder), func(t *testing.T) {
				t.Parallel()
				compareBPE(t, folder, path)
			})
		}
	}
}

func compareBPE(t *testing.T, folder, path string) {
	t.Helper()
	tok, err := LoadBPE(filepath.Join(folder, "tokenizer.json"), strings.HasSuffix(folder, "left"))
	if err != nil {
		t.Fatal(err)
	}
	lines := openLines(t, path)
	lines.Scan() // What wrote the file.
	compared, different := 0, 0
	for ; lines.Scan(); compared++ {
		var text string
		var want []int64
		var lost bool
		if err := json.Unmarshal(lines.Bytes(), &[]any{&text, &want, &lost}); err != nil {
			t.Fatal(err)
		}
		ids := make([]int64, len(want))
		truncated := tok.Encode(ids, text)
		if slices.Equal(ids, want) && truncated == lost {
			continue
		}
		if different++; different <= 10 {
			t.Errorf("%q\n got %v %v\nwant %v %v", text, ids, truncated, want, lost)
		}
	}
	if err := lines.Err(); err != nil || compared == 0 {
		t.Fatalf("%d texts compared: %v", compared, err)
	}
	t.Logf("%d differences in %d texts", different, compared)
}
