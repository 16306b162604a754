package family

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const checkpoint = "../testdata/tiny-base"

// siglip2 is a tokenizer.json such as SigLIP 2 has under the same model type.
const siglip2 = `{"added_tokens": [{"id": 0, "content": "<pad>"}], "model": {"type": "BPE", "vocab": {"<pad>": 0, "a": 1}, "merges": []}}`

// TestEveryFamily holds each entry of the table to what the rest of the program
// asks of it.
func TestEveryFamily(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, f := range families {
		if f.Name == "" || names[f.Name] || f.ModelType == "" || len(f.TokenizerFiles) == 0 || f.NewTokenizer == nil || f.NewProcessor == nil {
			t.Errorf("the entry of %q is not whole: %+v", f.Name, f)
		}
		names[f.Name] = true
		if got, err := Named(f.Name); err != nil || got.Name != f.Name {
			t.Errorf("%s: found %s, %v", f.Name, got.Name, err)
		}
		spec := f.Preprocess
		spec.Height, spec.Width = 16, 16
		if _, err := f.NewProcessor(spec); err != nil {
			t.Errorf("%s: its own defaults are refused: %v", f.Name, err)
		}
	}
	if _, err := Named(Default); err != nil {
		t.Error(err)
	}
}

func TestNamedRefuses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"clip", "SigLIP", ""} {
		if _, err := Named(name); err == nil || !strings.Contains(err.Error(), "must be siglip, siglip2; ") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	spiece, err := os.ReadFile(filepath.Join(checkpoint, "spiece.model"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name      string
		files     map[string]string
		modelType string
		want      string // the tokenizer's file
		family    string
		refusal   string
	}{
		{"siglip", map[string]string{"spiece.model": string(spiece)}, "siglip", "spiece.model", "siglip", ""},
		{"siglip with both forms", map[string]string{"spiece.model": string(spiece), "tokenizer.json": siglip2}, "siglip", "spiece.model", "siglip", ""},
		{"siglip 2", map[string]string{"tokenizer.json": siglip2}, "siglip", "tokenizer.json", "siglip2", ""},
		{"another model", map[string]string{"spiece.model": string(spiece)}, "clip", "", "", `model_type is "clip": must be siglip; choose`},
		{"no model", nil, "", "", "", `model_type is "": must be siglip`},
		{"no tokenizer", nil, "siglip", "", "", `none of ["spiece.model" "tokenizer.json"]`},
		{"another tokenizer", map[string]string{"tokenizer.json": strings.Replace(siglip2, "BPE", "WordPiece", 1)}, "siglip", "", "", `its model.type is "WordPiece"`},
		{"any size", map[string]string{"tokenizer.json": siglip2}, "siglip2", "", "", `this one is NaFlex`},
		{"a broken tokenizer", map[string]string{"spiece.model": "a"}, "siglip", "", "", "spiece.model"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, content := range tt.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			f, file, _, err := Of(dir, tt.modelType)
			if tt.refusal != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refusal) {
					t.Errorf("got %v, want an error with %q", err, tt.refusal)
				}
				return
			}
			if err != nil || f.Name != tt.family || file != tt.want {
				t.Errorf("got %s, %s, %v", f.Name, file, err)
			}
		})
	}
}

func TestTokenizerFiles(t *testing.T) {
	t.Parallel()
	if files := TokenizerFiles(); !slices.Contains(files, "spiece.model") || !slices.Contains(files, "tokenizer.json") {
		t.Errorf("got %v", files)
	}
}

// TestCount counts the tokens of texts, of which one fills all ids, and one has
// the token that ends it within.
func TestCount(t *testing.T) {
	t.Parallel()
	_, _, tok, err := Of(checkpoint, "siglip")
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int64, 8)
	short := 0
	for _, tt := range []struct {
		text      string
		fills     bool
		truncated bool
	}{{"", false, false}, {"a", false, false}, {"a</s>b", false, false}, {strings.Repeat("river ", 20), true, true}} {
		truncated := tok.Encode(ids, tt.text)
		n := tok.Count(ids)
		if truncated != tt.truncated || (n == len(ids)) != tt.fills || n < 1 || ids[n-1] != ids[len(ids)-1] {
			t.Errorf("%q: %d tokens of %v, truncated: %v", tt.text, n, ids, truncated)
		}
		if tt.text == "" {
			short = n
		}
	}
	if short != 1 {
		t.Errorf("no text has %d tokens, want the one that ends it", short)
	}
}
