package server

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/inference/fetch"
	"github.com/seed-74198975/rsclip/inference/search"
)

// TestCodesAreOnThePage compares the table of errors in docs/api.md with the codes that
// this package's source has, and those of the packages whose errors it answers with.
func TestCodesAreOnThePage(t *testing.T) {
	t.Parallel()
	codes := map[string]bool{}
	add := func(status int, code string) { codes[strconv.Itoa(status)+" "+code] = true }
	for _, known := range knownErrors {
		add(known.status, known.code)
	}
	names := map[string]int{"statusClientClosedRequest": statusClientClosedRequest}
	for status := range 600 {
		// As net/http names them: "Not Found" is StatusNotFound.
		names["Status"+strings.NewReplacer(" ", "", "-", "").Replace(http.StatusText(status))] = status
	}
	for call := range calls(t, "*.go", "problem") {
		code, literal := call.Args[1].(*ast.BasicLit)
		if !literal {
			continue // It passes one on.
		}
		name := ""
		switch status := call.Args[0].(type) {
		case *ast.SelectorExpr:
			name = status.Sel.Name
		case *ast.Ident:
			name = status.Name
		}
		status, known := names[name]
		text, err := strconv.Unquote(code.Value)
		if !known || err != nil {
			t.Fatalf("the status %s of %s, %v", name, code.Value, err)
		}
		add(status, text)
	}
	for _, code := range constants(t, "../fetch/error.go", "Code") {
		add((&fetch.Error{Code: fetch.Code(code)}).Status(), code)
	}
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Errors\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var told []string
	for _, row := range regexp.MustCompile(`(?m)^\| (\d{3}) \| ([^|]+) \|`).FindAllStringSubmatch(section, -1) {
		for code := range strings.SplitSeq(row[2], ", ") {
			told = append(told, row[1]+" "+strings.Trim(code, "`"))
		}
	}
	slices.Sort(told)
	if d := cmp.Diff(slices.Sorted(maps.Keys(codes)), told); d != "" {
		t.Errorf("the table of errors in docs/api.md (-codes of the server +page):\n%s", d)
	}
	if len(codes) < 40 {
		t.Errorf("%d codes were found", len(codes))
	}
}

// TestLimitsAreOnThePage wants each limit in the table of docs/api.md.
func TestLimitsAreOnThePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| what | most |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	numbers := regexp.MustCompile(`\d+`).FindAllString(table, -1)
	for _, most := range []int{maxItems, maxInputs, maxText, maxTemplate, maxCaptions, maxExamples, search.MaxTopK, maxOffset, maxDepth} {
		if !slices.Contains(numbers, strconv.Itoa(most)) {
			t.Errorf("%d is none of the limits of docs/api.md", most)
		}
	}
}

// calls are those of a function in files that are no tests.
func calls(t *testing.T, pattern, function string) map[*ast.CallExpr]bool {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	out := map[*ast.CallExpr]bool{}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if name, ok := call.Fun.(*ast.Ident); ok && name.Name == function {
					out[call] = true
				}
			}
			return true
		})
	}
	return out
}

// constants are the texts of a type's constants in a file.
func constants(t *testing.T, path, kind string) (out []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == kind {
			for _, value := range spec.Values {
				text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, text)
			}
		}
		return true
	})
	return out
}
