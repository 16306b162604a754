package tokenizer

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// python is what Python does with characters and with bytes that are no text;
// oracle/tokenizer_python.py wrote it.
type python struct {
	Lower       map[string]string // all that differ from their lower case
	Space       string            // all of them
	Punctuation string
	Decode      [][2]json.RawMessage // bytes, and the text they decode to
}

func readPython(t *testing.T) python {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testdata, "tokenizer/python.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p python
	if err := json.Unmarshal(data, &p); err != nil || len(p.Lower) == 0 || len(p.Decode) == 0 {
		t.Fatalf("%d lower cases, %d decoded: %v", len(p.Lower), len(p.Decode), err)
	}
	return p
}

func TestEveryCharacterIsPythons(t *testing.T) {
	t.Parallel()
	want := readPython(t)
	if punctuation != want.Punctuation {
		t.Errorf("punctuation is %q, want %q", punctuation, want.Punctuation)
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) || r == '▁' { // A blank becomes a space.
			continue
		}
		text, lowered := string(r), string(r)
		if l, ok := want.Lower[text]; ok {
			lowered = l
		}
		if got := string(lower(nil, text)); got != lowered {
			t.Errorf("%U in lower case is %q, want %q", r, got, lowered)
		}
		if got := isSpace(r); got != strings.ContainsRune(want.Space, r) {
			t.Errorf("isSpace(%U) = %v", r, got)
		}
	}
}

func TestMalformedBytesDecodeAsInPython(t *testing.T) {
	t.Parallel()
	for _, pair := range readPython(t).Decode {
		var numbers []int
		var want string
		if err := json.Unmarshal(pair[0], &numbers); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(pair[1], &want); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, len(numbers))
		for i, n := range numbers {
			data[i] = byte(n)
		}
		if got := string(lower(nil, string(data))); got != want {
			t.Errorf("% x is %q, want %q", data, got, want)
		}
	}
}
