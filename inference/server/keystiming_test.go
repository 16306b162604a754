package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// TestKeysAreComparedInOneTime reads the source: the time that a comparison takes is no
// matter for a test, but what decides about it is. Keys are compared as hashes, all of
// them, by crypto/subtle, and nothing leaves the loop early.
func TestKeysAreComparedInOneTime(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "keys.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	loops, compares := 0, 0
	for _, d := range file.Decls {
		check, ok := d.(*ast.FuncDecl)
		if !ok || check.Name.Name != "check" {
			continue
		}
		ast.Inspect(check, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				if f, ok := c.Fun.(*ast.SelectorExpr); ok && (f.Sel.Name == "Equal" || f.Sel.Name == "Compare") {
					t.Errorf("keys are compared by %s, whose time depends on them", f.Sel.Name)
				}
			}
			loop, ok := n.(*ast.RangeStmt)
			if !ok {
				return true
			}
			loops++
			ast.Inspect(loop.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BranchStmt, *ast.ReturnStmt, *ast.IfStmt, *ast.SwitchStmt, *ast.BinaryExpr:
					t.Errorf("the loop over keys has a %T, by which its time depends on them", n)
				case *ast.SelectorExpr:
					if n.Sel.Name == "ConstantTimeCompare" {
						compares++
					}
				}
				return true
			})
			return false
		})
	}
	if loops != 1 || compares != 1 {
		t.Errorf("check has %d loops with %d comparisons in constant time, want one of each", loops, compares)
	}
}
