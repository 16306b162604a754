package tokenizer_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
	if err := json.Unmarshal(data, &goldens); err != nil || len(goldens) == 0 {
		t.Fatalf("%d goldens: %v", len(goldens), err)
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

// Texts that run at the same time share a pool of memory, and none of it shows.
func TestEncodeConcurrently(t *testing.T) {
	t.Parallel()
	tok := load(t)
	goldens := readGoldens(t)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range goldens {
				g := goldens[(i*7+worker*31)%len(goldens)]
				ids := make([]int64, len(g.IDs))
				if tok.Encode(ids, g.Text); !slices.Equal(ids, g.IDs) {
					t.Errorf("%q\n got %v\nwant %v", g.Text, ids, g.IDs)
				}
			}
		})
	}
	group.Wait()
}

// However short the result is, it holds the first ids that the long one holds,
// and </s> last.
func TestEncodeToAnyLength(t *testing.T) {
	t.Parallel()
	tok := load(t)
	const text = "a remote sensing image of river"
	whole := make([]int64, 64)
	if tok.Encode(whole, text) {
		t.Fatal("64 ids are too few for a short text")
	}
	tokens := slices.Index(whole, 1)
	for length := range 64 {
		ids := make([]int64, length)
		truncated := tok.Encode(ids, text)
		if want := length < tokens+1; truncated != want {
			t.Errorf("%d ids: truncated is %v, want %v", length, truncated, want)
		}
		if length == 0 {
			continue
		}
		if last := length - 1; ids[last] != 1 || !slices.Equal(ids[:last], whole[:last]) {
			t.Errorf("%d ids: %v", length, ids)
		}
	}
}

func TestEncodeReadsOneMebibyte(t *testing.T) {
	t.Parallel()
	tok := load(t)
	spaces := strings.Repeat(" ", 1<<20-5)
	tests := map[string]struct {
		text      string
		same      string
		truncated bool
	}{
		"all of it":       {spaces + "river", "river", false},
		"a byte too many": {spaces + " river", "rive", true},
		"only spaces":     {spaces, "", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ids, want := make([]int64, 64), make([]int64, 64)
			truncated := tok.Encode(ids, test.text)
			tok.Encode(want, test.same)
			if truncated != test.truncated || !slices.Equal(ids, want) {
				t.Errorf("got %v %v, want %v %v", ids, truncated, want, test.truncated)
			}
		})
	}
}

func TestVocabSize(t *testing.T) {
	t.Parallel()
	if got := load(t).VocabSize(); got != 601 {
		t.Errorf("got %d, want the 601 pieces of the file", got)
	}
}

func TestLoadNamesAMissingFile(t *testing.T) {
	t.Parallel()
	if _, err := tokenizer.Load("missing/spiece.model"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// BenchmarkEncode states the tokens a second of one core.
func BenchmarkEncode(b *testing.B) {
	const caption = "A remote sensing image of a river, with TWO bridges and several planes near Zürich."
	tok := load(b)
	ids := make([]int64, 64)
	if tok.Encode(ids, caption) {
		b.Fatal("the caption is too long")
	}
	tokens := slices.Index(ids, 1)
	b.ReportAllocs()
	for b.Loop() {
		tok.Encode(ids, caption)
	}
	b.ReportMetric(float64(tokens)*float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
}

// BenchmarkEncodeHostile takes texts of 256 KiB, the most that the server takes.
func BenchmarkEncodeHostile(b *testing.B) {
	units := []struct{ name, unit string }{
		{"words", "river "},
		{"letters", "a"},
		{"spaces", " "},
		{"unknown", "🛰"},
		{"expanding", "ﷺ"},
		{"special", "</s>"},
		{"between special", "a</s>"},
		{"nearly special", "<"},
	}
	tok := load(b)
	for _, u := range units {
		b.Run(u.name, func(b *testing.B) {
			text := strings.Repeat(u.unit, 256<<10/len(u.unit))
			ids := make([]int64, 64)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				tok.Encode(ids, text)
			}
		})
	}
}

func ExampleTokenizer_Encode() {
	tok, err := tokenizer.Load(filepath.Join(testdata, "tiny-base/spiece.model"))
	if err != nil {
		fmt.Println(err)
		return
	}
	ids := make([]int64, 16)
	truncated := tok.Encode(ids, "A remote sensing image of RIVER!")
	fmt.Println(ids, truncated)
	// Output: [5 83 56 34 17 55 62 52 7 9 43 1 1 1 1 1] false
}
