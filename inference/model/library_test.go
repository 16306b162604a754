package model

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFindLibrary lays out trees and programs, and looks for the library.
func TestFindLibrary(t *testing.T) {
	t.Parallel()
	const ours, theirs = "module github.com/seed-74198975/rsclip\n", "module example.com/rsclip\n"
	cached := "cache/0a/" + strings.Repeat("0a", 32) + "-d/inference"
	for _, tt := range []struct {
		name    string
		modules map[string]string // go.mod's by folder
		files   []string
		program string
		working string
		open    string // what everyone may write
		want    string // below the root; empty if none is there
		refused string
	}{
		{name: "image", files: []string{"app/lib/libonnxruntime.so.1"}, program: "app/bin/rsclip", want: "app/lib/libonnxruntime.so.1"},
		{name: "beside", files: []string{"x/libonnxruntime.so.1"}, program: "x/rsclip", want: "x/libonnxruntime.so.1"},
		{name: "built at the root", modules: map[string]string{"src": ours}, files: []string{"src/" + inTree}, program: "src/rsclip", want: "src/" + inTree},
		{name: "copied into the tree", modules: map[string]string{"src": ours}, files: []string{"src/" + inTree}, program: "src/a/b/copy", want: "src/" + inTree},
		{
			name: "below another module of the tree", modules: map[string]string{"src": ours, "src/examples": theirs},
			files: []string{"src/" + inTree}, program: "src/examples/rsclip", want: "src/" + inTree,
		},
		{name: "run by go", modules: map[string]string{"src": ours}, files: []string{"src/" + inTree}, program: "go-build12/b001/exe/inference", working: "src/benchmarks", want: "src/" + inTree},
		{name: "tested by go", modules: map[string]string{"src": ours}, files: []string{"src/" + inTree}, program: "go-build12/b001/model.test", working: "src/inference/model", want: "src/" + inTree},
		{name: "kept by go", modules: map[string]string{"src": ours}, files: []string{"src/" + inTree}, program: cached, working: "src", want: "src/" + inTree},
		{name: "installed, in a folder that says it is the tree", modules: map[string]string{"evil": ours}, files: []string{"evil/" + inTree, "evil/libonnxruntime.so.1"}, program: "usr/bin/rsclip", working: "evil"},
		{name: "another module", modules: map[string]string{"src": theirs}, files: []string{"src/" + inTree}, program: "src/rsclip"},
		{name: "not set up", modules: map[string]string{"src": ours}, program: "src/rsclip"},
		{
			name: "a folder that everyone may write", modules: map[string]string{"src": ours}, files: []string{"src/" + inTree}, program: "src/rsclip",
			open: "src/.build", refused: "everyone may write",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			for folder, module := range tt.modules {
				write(t, filepath.Join(root, folder, "go.mod"), module)
			}
			for _, file := range append(tt.files, tt.program, tt.working+"/here") {
				write(t, filepath.Join(root, file), "")
			}
			if tt.open != "" {
				if err := os.Chmod(filepath.Join(root, tt.open), 0o777); err != nil { //nolint:gosec // The point of it.
					t.Fatal(err)
				}
			}
			got, err := findLibrary(filepath.Join(root, tt.program), filepath.Join(root, tt.working))
			switch {
			case tt.refused != "":
				if err == nil || !strings.Contains(err.Error(), tt.refused) || !strings.Contains(err.Error(), LibraryEnv) {
					t.Errorf("got %q, %v, want it refused: %s", got, err, tt.refused)
				}
			case tt.want == "":
				if strings.HasPrefix(got, root) {
					t.Errorf("found %q", got)
				}
			case err != nil || got != filepath.Join(root, tt.want):
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// TestAnothersLibraryIsRefused needs to be root, who can give files away.
func TestAnothersLibraryIsRefused(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can make files of another user")
	}
	root := t.TempDir()
	program, library := filepath.Join(root, "rsclip"), filepath.Join(root, libraryName)
	write(t, program, "")
	write(t, library, "")
	if err := os.Chown(library, 4242, 4242); err != nil {
		t.Fatal(err)
	}
	if got, err := findLibrary(program, ""); err == nil || !strings.Contains(err.Error(), "belongs to another user") {
		t.Errorf("got %q, %v", got, err)
	}
	// Who runs a program trusts its owner.
	if err := os.Chown(program, 4242, 4242); err != nil {
		t.Fatal(err)
	}
	if got, err := findLibrary(program, ""); err != nil || got != library {
		t.Errorf("got %q, %v, want %q", got, err, library)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // As trees are.
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
