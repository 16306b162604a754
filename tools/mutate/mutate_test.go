package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const sample = "./testdata/sample"

// TestSample makes every change to a package of which the tests hold one
// function to its promises.
func TestSample(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out what runs the tests of a package")
	}
	reasons := equivalents{"testdata/sample": {
		{File: "sample.go", Func: "Loose", Change: "1 ⇒ 1 + 1 in n > 1", Why: "Nobody reads it."},
		{File: "sample.go", Func: "Held", Change: "10 ⇒ 10 + 1 in total := 10", Why: "It is not, which a test notices."},
	}}
	r, err := try(t.Context(), options{workers: 2, seed: 1, grace: 5 * time.Second}, sample, reasons)
	if err != nil {
		t.Fatal(err)
	}
	r.sort()
	ends := func(lines []string) (ends []string) {
		for _, l := range lines {
			_, end, _ := strings.Cut(l, ": ")
			ends = append(ends, end)
		}
		return ends
	}
	got := map[string][]string{"survived": ends(r.Survived), "timed out": ends(r.TimedOut), "equivalent": ends(r.Equivalent), "wrong": ends(r.Wrong)}
	want := map[string][]string{
		"survived": {
			"Loose: 3 ⇒ 3 + 1 in sum < 3", "Loose: for sum < 3 ⇒ never", "Loose: sum < 3 ⇒ sum <= 3",
			"Loose: defer func() { done = true }() ⇒ left out", "Loose: done = true ⇒ left out", "Loose: true ⇒ false in done = true",
			"Loose: n > 1 ⇒ n >= 1",
		},
		"timed out":  {"Loose: sum++ ⇒ left out"},
		"equivalent": {"Loose: 1 ⇒ 1 + 1 in n > 1\tNobody reads it."},
		"wrong":      {"Held: 10 ⇒ 10 + 1 in total := 10"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if r.Killed != r.Possible-10 || r.Tried != r.Possible || r.Possible < 20 {
		t.Errorf("%d of %d killed, %d tried", r.Killed, r.Possible, r.Tried)
	}
}

// TestTheSameSeedTriesTheSame chooses twice, and by another seed.
func TestTheSameSeedTriesTheSame(t *testing.T) {
	t.Parallel()
	s, err := load(t.Context(), sample)
	if err != nil {
		t.Fatal(err)
	}
	all := s.changes()
	numbers := func(seed int64) []int {
		return slices.Sorted(maps.Keys(choose(options{sample: 5, seed: seed}, all)))
	}
	if a, b := numbers(1), numbers(1); len(a) != 5 || !slices.Equal(a, b) || slices.Equal(a, numbers(2)) {
		t.Errorf("seed 1 chose %v and %v, seed 2 %v", a, b, numbers(2))
	}
	keys := make(map[string]bool)
	for _, c := range all {
		keys[c.key()] = true
	}
	if len(keys) != len(all) {
		t.Errorf("%d changes have %d names", len(all), len(keys))
	}
}

// TestEquivalentChangesAreThere holds equivalent.yaml to the packages as they are.
func TestEquivalentChangesAreThere(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out what loads the packages of the server")
	}
	e, err := readEquivalents(filepath.Base(equivalentsFile))
	if err != nil {
		t.Fatal(err)
	}
	for name := range e {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := load(t.Context(), "../../"+name)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.check(s.Path, s.changes()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestStaleEquivalentsAreRefused(t *testing.T) {
	t.Parallel()
	for want, one := range map[string]equivalent{
		"no such change any more": {File: "sample.go", Func: "Held", Change: "n <= 0 ⇒ n < 0", Why: "It was once."},
		"why is empty":            {File: "sample.go", Func: "Held", Change: "n < 0 ⇒ n <= 0"},
	} {
		_, err := try(t.Context(), options{}, sample, equivalents{"testdata/sample": {one}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := &result{
		Package: "github.com/seed-74198975/rsclip/inference/batch", Command: "make mutate", Date: "2026-11-26", Possible: 20, Tried: 12, Killed: 9,
		Survived: []string{"batch.go:10: Do: a < b ⇒ a <= b"}, TimedOut: []string{"batch.go:9: Do: x ⇒ left out"},
		Equivalent: []string{"batch.go:8: Do: `y` ⇒ left out\tNobody sees it."},
	}
	if err := r.save(dir); err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(dir, "page.md")
	if err := writeReport(dir, page); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| inference/batch | 20 | 12 | 9 | 1 | 1 | 1 | 0.90 | 2026-11-26 |",
		"Survived:\n\n- `batch.go:10: Do: a < b ⇒ a <= b`\n", "Timed out:\n\n- `batch.go:9:",
		"- `batch.go:8: Do: 'y' ⇒ left out` Nobody sees it.\n",
	} {
		if !strings.Contains(string(got), want) {
			t.Errorf("the page lacks %q:\n%s", want, got)
		}
	}
}
