package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRelease makes dry runs of releases, in repositories of its own.
func TestRelease(t *testing.T) {
	t.Parallel()
	const changelog = "# Changelog\n\n## [Unreleased]\n\n## [1.2.3]\n\n### Added\n\n- A thing.\n\n## [1.2.30] - 2026-01-01\n\n- Another.\n\n[1.2.3]: https://example.com\n"
	tests := []struct {
		name, version string
		prepare       string // commands in the repository
		want          string // part of what is printed
		ok            bool
	}{
		{name: "whole", version: "1.2.3", ok: true, want: "would run: git tag -a v1.2.3"},
		{name: "no version", want: "must be X.Y.Z"},
		{name: "wrong version", version: "v1.2", want: "must be X.Y.Z"},
		{name: "changed file", version: "1.2.3", prepare: "echo >> CHANGELOG.md", want: "the tree has changes"},
		{name: "new file", version: "1.2.3", prepare: "touch new", want: "the tree has changes"},
		{name: "tag there", version: "1.2.3", prepare: "git tag v1.2.3", want: "the tag v1.2.3 is there"},
		{name: "no section", version: "1.2.4", want: "no section [1.2.4]"},
		{name: "a longer version alone", version: "1.2.30", prepare: "sed -i s/1.2.30/1.2.300/ CHANGELOG.md; git commit -qam longer", want: "no section [1.2.30]"},
		{name: "empty section", version: "1.2.5", prepare: `printf '\n## [1.2.5]\n\n' >> CHANGELOG.md; git commit -qam empty`, want: "no section [1.2.5]"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			repository := releasable(t, changelog)
			git(t, repository, test.prepare)
			before := git(t, repository, "git rev-parse HEAD; git status --porcelain; git tag")
			cmd := exec.Command("bash", "tools/release", test.version, "--dry-run")
			cmd.Dir = repository
			out, err := cmd.CombinedOutput()
			if (err == nil) != test.ok || !strings.Contains(string(out), test.want) {
				t.Errorf("ended with %v, want success: %v, and %q in\n%s", err, test.ok, test.want, out)
			}
			if after := git(t, repository, "git rev-parse HEAD; git status --porcelain; git tag"); after != before {
				t.Errorf("a dry run changed the repository from\n%s to\n%s", before, after)
			}
			if !test.ok {
				return
			}
			notes, err := os.ReadFile(filepath.Join(repository, ".build/release", test.version+".md"))
			if want := "### Added\n\n- A thing.\n"; err != nil || string(notes) != want {
				t.Errorf("notes %q, %v, want %q", notes, err, want)
			}
			hasTargets(t, string(out))
		})
	}
}

// hasTargets finds each target of make that a release runs in the Makefile.
func hasTargets(t *testing.T, printed string) {
	t.Helper()
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	targets := 0
	for line := range strings.Lines(printed) {
		if _, rest, found := strings.Cut(line, "would run: make "); found {
			targets++
			if target := strings.Fields(rest)[0]; !strings.Contains(string(makefile), "\n"+target+":") {
				t.Errorf("the Makefile has no target %s", target)
			}
		}
	}
	if targets != 3 {
		t.Errorf("%d targets of make, want synth and two images:\n%s", targets, printed)
	}
}

// releasable returns a repository of what a release looks at.
func releasable(t *testing.T, changelog string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"tools/release", "constructs/version.go", ".gitignore"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, name), data)
	}
	write(t, filepath.Join(folder, "CHANGELOG.md"), []byte(changelog))
	git(t, folder, `git init -q && git config user.name test && git config user.email test@example.com && git add -A && git commit -qm first`)
	return folder
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// git runs commands in a repository and returns what they print.
func git(t *testing.T, repository, commands string) string {
	t.Helper()
	cmd := exec.Command("bash", "-e", "-c", commands)
	cmd.Dir = repository
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", commands, err, out)
	}
	return string(out)
}
