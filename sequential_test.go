package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSequential looks for what runs beside something else in the packages that
// `make test` tests without the race detector. They may share pools, which are safe.
func TestSequential(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	list := regexp.MustCompile(`(?m)^sequential := ((?:.*\\\n)*.*)\n`).FindSubmatch(makefile)
	if list == nil {
		t.Fatal("the Makefile has no list of them")
	}
	var dirs []string
	for _, part := range regexp.MustCompile(`\$\(addprefix (\S+),([^)]*)\)|[^\s\\]+`).FindAllSubmatch(list[1], -1) {
		if part[1] == nil {
			dirs = append(dirs, string(part[0]))
		}
		for _, name := range strings.Fields(string(part[2])) {
			dirs = append(dirs, string(part[1])+name)
		}
	}
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		files = slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, "_test.go") })
		if err != nil || len(files) == 0 {
			t.Errorf("%s has no code: %v", dir, err)
		}
		for _, file := range files {
			set := token.NewFileSet()
			tree, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				if what := concurrent(n); what != "" {
					t.Errorf("%s: %s: take %s from the list in the Makefile", set.Position(n.Pos()), what, dir)
				}
				return true
			})
		}
	}
}

// concurrent says what a piece of code runs or shares, "" if nothing.
func concurrent(n ast.Node) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "a goroutine"
	case *ast.ChanType:
		return "a channel"
	case *ast.ImportSpec:
		if path := strings.Trim(n.Path.Value, `"`); path == "sync/atomic" || strings.HasPrefix(path, "golang.org/x/sync/") {
			return path
		}
	case *ast.SelectorExpr:
		if of, ok := n.X.(*ast.Ident); ok && of.Name == "sync" && n.Sel.Name != "Pool" {
			return "sync." + n.Sel.Name
		}
	}
	return ""
}
