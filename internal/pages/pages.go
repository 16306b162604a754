// Package pages reads the fenced blocks of the repository's pages: README.md,
// SECURITY.md, CONTRIBUTING.md and docs/. An HTML comment on the line before a
// fence says what the block needs or is:
//
//	<!-- needs: cluster, docker -->   a block of commands that needs these; see [Needs]
//	<!-- file: values.yaml -->        the content of a file that later blocks use
//	<!-- answer -->                   what the command before answers
package pages

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Needs are what a block of commands may need that a fresh clone does not have.
var Needs = []string{
	"cluster",  // a Kubernetes cluster; the end-to-end tests run those that need no more
	"gpu",      // an NVIDIA GPU
	"internet", // a hub or a package registry
	"clients",  // the programs of e2e/clients; `make clients` runs those
	"docker",   // docker, and a registry to push to
	"time",     // more than a few minutes
}

// Languages are those that a fence may name: commands, and what is read only.
// `make clients` runs Python.
var Languages = []string{"sh", "json", "yaml", "go", "python", "text", "mermaid"}

// Block is one fenced block of a page.
type Block struct {
	Page     string // path below the repository's root
	Line     int    // of the fence
	Language string
	Needs    []string // of [Needs]; nil for a block that a fresh clone runs
	File     string   // the file that the block is the content of, or ""
	Answer   bool     // whether it is the answer of the command before
	Text     string   // with its last line feed
}

// String says where the block stands.
func (b Block) String() string { return fmt.Sprintf("%s:%d", b.Page, b.Line) }

// Names returns the pages below the repository's root, the README first.
func Names(root string) ([]string, error) {
	docs, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(docs) == 0 {
		return nil, fmt.Errorf("looking for pages in %s: none below docs (%w)", root, err)
	}
	names := []string{"README.md"}
	for _, doc := range docs {
		names = append(names, filepath.Join("docs", filepath.Base(doc)))
	}
	return append(names, "CONTRIBUTING.md", "SECURITY.md"), nil
}

// Blocks returns the fenced blocks of a page of the repository. A fence without
// a language, and a comment before it that is none of those above, are errors.
func Blocks(root, page string) ([]Block, error) {
	data, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		return nil, fmt.Errorf("reading a page: %w", err)
	}
	var blocks []Block
	var open *Block
	before := ""
	for i, line := range strings.Split(string(data), "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && open == nil:
			open = &Block{Page: page, Line: i + 1, Language: fence}
			if err := open.read(before); err != nil {
				return nil, fmt.Errorf("%v: %w", open, err)
			}
		case isFence:
			blocks, open = append(blocks, *open), nil
		case open != nil:
			open.Text += line + "\n"
		}
		before = line
	}
	if open != nil {
		return nil, fmt.Errorf("%v: the fence is not closed", open)
	}
	return blocks, nil
}

// read takes in the line before the fence, and checks what both say.
func (b *Block) read(before string) error {
	if !slices.Contains(Languages, b.Language) {
		return fmt.Errorf("the fence's language is %q: must be one of %q", b.Language, Languages)
	}
	comment, isComment := strings.CutPrefix(before, "<!-- ")
	comment, isClosed := strings.CutSuffix(comment, " -->")
	if !isComment || !isClosed {
		return nil
	}
	kind, value, _ := strings.Cut(comment, ": ")
	switch {
	case kind == "needs" && b.Language == "sh":
		b.Needs = strings.Split(value, ", ")
		for _, need := range b.Needs {
			if !slices.Contains(Needs, need) {
				return fmt.Errorf("the block needs %q: must be of %q", need, Needs)
			}
		}
	case kind == "file" && b.Language != "sh" && filepath.IsLocal(value):
		b.File = value
	case comment == "answer" && b.Language == "json":
		b.Answer = true
	default:
		return fmt.Errorf("the comment before the fence is %q: must be needs (of sh), file (of another language) or answer (of json)", comment)
	}
	return nil
}
