package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// source is a package's source, without its tests, and its types.
type source struct {
	Path  string // import path
	Name  string
	Dir   string
	files []*file
	set   *token.FileSet
	info  *types.Info
	types *types.Package
}

// file is one file of a package.
type file struct {
	path string
	text []byte
	tree *ast.File
}

// listed is what `go list` says of a package.
type listed struct {
	ImportPath, Name, Dir, Export string
	GoFiles, CgoFiles             []string
	DepOnly                       bool
}

// load reads a package that the go command knows by a path.
func load(ctx context.Context, path string) (*source, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-export", "-deps", "-json=ImportPath,Name,Dir,Export,GoFiles,CgoFiles,DepOnly", path) //nolint:gosec // The path is the user's.
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	exports := make(map[string]string)
	var wanted *listed
	for decoder := json.NewDecoder(out); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, errors.Join(err, cmd.Wait())
		}
		exports[p.ImportPath] = p.Export
		if !p.DepOnly {
			wanted = &p
		}
	}
	if err := cmd.Wait(); err != nil || wanted == nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	return parse(wanted, exports)
}

func parse(p *listed, exports map[string]string) (*source, error) {
	s := &source{Path: p.ImportPath, Name: p.Name, Dir: p.Dir, set: token.NewFileSet()}
	var trees []*ast.File
	for _, name := range append(p.GoFiles, p.CgoFiles...) {
		path := filepath.Join(p.Dir, name)
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		tree, err := parser.ParseFile(s.set, path, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		s.files = append(s.files, &file{path: path, text: text, tree: tree})
		trees = append(trees, tree)
	}
	config := types.Config{
		FakeImportC: true,
		Importer: importer.ForCompiler(s.set, "gc", func(path string) (io.ReadCloser, error) {
			return os.Open(exports[path])
		}),
	}
	s.info = &types.Info{Types: make(map[ast.Expr]types.TypeAndValue)}
	var err error
	s.types, err = config.Check(p.ImportPath, s.set, trees, s.info)
	return s, err
}

// spell writes a type as a file may, unless it lacks the import for that.
func (s *source) spell(t types.Type, f *file) (string, bool) {
	known := true
	name := types.TypeString(t, func(p *types.Package) string {
		if p == s.types {
			return ""
		}
		for _, i := range f.tree.Imports {
			if i.Path.Value == `"`+p.Path()+`"` && i.Name == nil {
				return p.Name()
			}
		}
		known = false
		return ""
	})
	return name, known
}
