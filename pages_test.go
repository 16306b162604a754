package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/internal/pages"
)

// TestPages holds every row of the pages' tables of props, signals and model
// sources to the manifests that its values give.
func TestPages(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out what synthesizes a hundred times")
	}
	standard := synthesize(t, "")
	for _, row := range rowsOf(t, "constructs", "value", "what it does") {
		t.Run(row[0], func(t *testing.T) { seen(t, row[2], synthesize(t, codes(row[0])[0]), standard) })
	}
	for _, row := range rowsOf(t, "autoscaling", "value", "wanted of a pod, on average") {
		for column, engine := range map[int]string{2: "hpa", 3: "keda"} {
			t.Run(row[0]+" of "+engine, func(t *testing.T) {
				got := synthesize(t, "{autoscaler: {engine: "+engine+", "+codes(row[0])[0]+"}, monitoring: {disabled: true}}")
				seen(t, row[column], got, "")
			})
		}
	}
	places := strings.NewReplacer("COMMIT", strings.Repeat("0a", 20), "HEX", strings.Repeat("0a", 32))
	source := regexp.MustCompile(`^(path|claim|hub|image|archive): `)
	for _, row := range rowsOf(t, "models", "choice", "values") {
		for _, code := range codes(row[1]) {
			if !source.MatchString(code) {
				continue // a setting beside another
			}
			t.Run(code, func(t *testing.T) {
				if synthesize(t, "service: {modelSource: {"+places.Replace(code)+"}}") == standard {
					t.Error("the manifests are the default's")
				}
			})
		}
	}
}

// TestBlocksOnPages synthesizes the values files that stand on pages, and
// compiles the statements in Go.
func TestBlocksOnPages(t *testing.T) {
	names, err := pages.Names(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, name := range names {
		blocks, err := pages.Blocks(".", name)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range blocks {
			seen[block.Language]++
			t.Run(block.String(), func(t *testing.T) {
				switch block.Language {
				case "yaml":
					synthesize(t, block.Text)
				case "go":
					compile(t, block.Text)
				}
			})
		}
	}
	if seen["yaml"] == 0 || seen["go"] == 0 || seen["sh"] == 0 {
		t.Errorf("blocks by language: %v: want some of each", seen)
	}
}

// TestTestsOnPages looks for the tests that pages name by a command.
func TestTestsOnPages(t *testing.T) {
	t.Parallel()
	names, err := pages.Names(".")
	if err != nil {
		t.Fatal(err)
	}
	command := regexp.MustCompile("`go test ([^`]*)`")
	found := 0
	for _, name := range names {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range command.FindAllSubmatch(page, -1) {
			var folders, tests []string
			for words := strings.Fields(strings.ReplaceAll(string(match[1]), `\|`, "|")); len(words) > 0; words = words[1:] {
				switch word := strings.Trim(words[0], "'"); {
				case strings.HasPrefix(word, "./"):
					folders = append(folders, word)
				case word == "-run" && len(words) > 1:
					tests = strings.Split(strings.Trim(words[1], "'()"), "|")
				}
			}
			for _, test := range tests {
				test, _, _ = strings.Cut(test, "/")
				if !strings.HasPrefix(test, "Test") {
					continue // all or none
				}
				found++
				if len(folders) == 0 {
					folders = []string{"."}
				}
				if !hasTest(t, folders, test) {
					t.Errorf("%s: `go test %s`: there is no %s", name, match[1], test)
				}
			}
		}
	}
	if found == 0 {
		t.Error("pages name no tests")
	}
}

// hasTest says whether a package of the folders has a test whose name begins so.
func hasTest(t *testing.T, folders []string, name string) bool {
	t.Helper()
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(strings.TrimSuffix(folder, "..."), "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(source), "\nfunc "+name) {
				return true
			}
		}
	}
	return false
}

// compile compiles statements about a chart.
func compile(t *testing.T, statements string) {
	t.Helper()
	source := filepath.Join(t.TempDir(), "page.go")
	text := `package page

import (
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
)

func build(chart cdk8s.Chart) {
` + statements + "}\n"
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", os.DevNull, source).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// seen asks for what a cell shows, which is not in the standard manifests, and
// for what it says is gone, which is there.
func seen(t *testing.T, cell, got, standard string) {
	t.Helper()
	before := 0
	for _, place := range code.FindAllStringSubmatchIndex(cell, -1) {
		want, gone := cell[place[2]:place[3]], strings.HasSuffix(cell[before:place[0]], "no ")
		before = place[1]
		if strings.Contains(got, want) == gone || strings.Contains(standard, want) != gone {
			t.Errorf("%q: there %v, by default %v; said to be gone: %v", want, strings.Contains(got, want), strings.Contains(standard, want), gone)
		}
	}
	if before == 0 {
		t.Errorf("nothing is to be seen in %q", cell)
	}
}

// code is what stands in a cell between backquotes.
var code = regexp.MustCompile("`([^`]+)`")

func codes(cell string) (found []string) {
	for _, match := range code.FindAllStringSubmatch(cell, -1) {
		found = append(found, match[1])
	}
	return found
}

// rowsOf returns the cells of those tables of a page of which the first two
// columns have these titles.
func rowsOf(t *testing.T, page, first, second string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("docs", page+".md"))
	if err != nil {
		t.Fatal(err)
	}
	tables := strings.Split(string(text), "| "+first+" | "+second+" |")[1:]
	if len(tables) == 0 {
		t.Fatalf("docs/%s.md has no table of %s and %s", page, first, second)
	}
	for _, table := range tables {
		table, _, _ = strings.Cut(table, "\n\n")
		for _, line := range strings.Split(table, "\n")[2:] {
			rows = append(rows, strings.Split(strings.Trim(line, "| "), " | "))
		}
	}
	return rows
}

// synthesize returns all manifests of some settings.
func synthesize(t *testing.T, values string) string {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, "values.yaml")
	if err := os.WriteFile(file, []byte(values), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(file, folder, false, io.Discard, nil); err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, pattern := range []string{"*.k8s.yaml", "*/*.k8s.yaml"} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	var all strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	return all.String()
}
