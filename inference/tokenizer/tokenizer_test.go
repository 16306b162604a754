package tokenizer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/seed-74198975/rsclip/inference/tokenizer"
)

const testdata = "../testdata"

func load(t testing.TB) *tokenizer.Tokenizer {
	t.Helper()
	tok, err := tokenizer.Load(filepath.Join(testdata, "tiny-base/spiece.model"))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

type golden struct {
	Text string
	IDs  []int64
}

func readGoldens(t testing.TB) []golden {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(testdata, "golden/tokens.json"))
	if err != nil {
		t.Fatal(err)
	}
	var goldens []golden
	if err := json.Unmarshal(data, &goldens); err != nil {
		t.Fatal(err)
	}
	return goldens
}

func TestIDsEqualTheReference(t *testing.T) {
	t.Parallel()
	tok := load(t)
	for _, g := range readGoldens(t) {
		ids := make([]int64, len(g.IDs))
		tok.Encode(ids, g.Text)
		if !slices.Equal(ids, g.IDs) {
			t.Errorf("%q\n got %v\nwant %v", g.Text, ids, g.IDs)
		}
	}
}
