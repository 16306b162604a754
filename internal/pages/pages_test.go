package pages_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/internal/pages"
)

const root = "../.."

func TestBlocks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, page string
		want       []pages.Block
		wantErr    string
	}{
		{
			name: "commands", page: "text\n\n```sh\nmake synth\n```\n",
			want: []pages.Block{{Page: "page.md", Line: 3, Language: "sh", Text: "make synth\n"}},
		},
		{
			name: "needs", page: "<!-- needs: cluster, docker -->\n```sh\na\nb\n```\n",
			want: []pages.Block{{Page: "page.md", Line: 2, Language: "sh", Needs: []string{"cluster", "docker"}, Text: "a\nb\n"}},
		},
		{
			name: "file", page: "<!-- file: values.yaml -->\n```yaml\na: b\n```\n",
			want: []pages.Block{{Page: "page.md", Line: 2, Language: "yaml", File: "values.yaml", Text: "a: b\n"}},
		},
		{
			name: "answer", page: "<!-- answer -->\n```json\n{}\n```\n",
			want: []pages.Block{{Page: "page.md", Line: 2, Language: "json", Answer: true, Text: "{}\n"}},
		},
		{
			name: "comment further up", page: "<!-- anything -->\n\n```text\n```\n",
			want: []pages.Block{{Page: "page.md", Line: 3, Language: "text"}},
		},
		{name: "no language", page: "```\nls\n```\n", wantErr: `language is ""`},
		{name: "other language", page: "```bash\nls\n```\n", wantErr: `language is "bash"`},
		{name: "unknown need", page: "<!-- needs: luck -->\n```sh\nls\n```\n", wantErr: `needs "luck"`},
		{name: "needs of no commands", page: "<!-- needs: docker -->\n```yaml\n```\n", wantErr: "must be needs (of sh)"},
		{name: "unknown comment", page: "<!-- runs: never -->\n```sh\nls\n```\n", wantErr: "runs: never"},
		{name: "file outside", page: "<!-- file: ../x -->\n```yaml\n```\n", wantErr: "file: ../x"},
		{name: "open fence", page: "```sh\nls\n", wantErr: "not closed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "page.md"), []byte(test.page), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := pages.Blocks(folder, "page.md")
			if (err == nil) != (test.wantErr == "") || err != nil && !strings.Contains(err.Error(), test.wantErr) {
				t.Fatalf("error %v, want %q", err, test.wantErr)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"a\nb\n":                               {"a", "b"},
		"a \\\n  b\nc\n":                       {"a \\\n  b", "c"},
		"# a comment\n\na\n":                   {"a"},
		"echo 'a\nb'\nc\n":                     {"echo 'a\nb'", "c"},
		"for i in 1 2; do\n  a\ndone\nb\n":     {"for i in 1 2; do\n  a\ndone", "b"},
		"cat > x <<'EOF'\nmake\nEOF\nb\n":      {"cat > x <<'EOF'\nmake\nEOF", "b"},
		"a |\n  b\nc\n":                        {"a |\n  b", "c"},
		"if true; then\n  never closed\nend\n": {"if true; then\n  never closed\nend\n"},
	}
	for text, want := range tests {
		if diff := cmp.Diff(want, pages.Block{Text: text}.Commands(t.Context())); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

var (
	link   = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	target = regexp.MustCompile("`make ([a-z0-9-]+)[^`]*`|(?m)^make ([a-z0-9-]+)")
	path   = regexp.MustCompile("`((?:benchmarks|constructs|docs|e2e|examples|imports|inference|internal|oracle|tools)/[^ `]*)`")
	marks  = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)
)

// TestWhatPagesName finds links, paths and targets of make that are not there.
func TestWhatPagesName(t *testing.T) {
	t.Parallel()
	names, err := pages.Names(root)
	if err != nil {
		t.Fatal(err)
	}
	makefile := read(t, "Makefile")
	for _, name := range append(names, "CHANGELOG.md") {
		text := read(t, name)
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			file, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(match[1], "://") {
				continue
			}
			aim := name
			if file != "" {
				aim = filepath.Join(filepath.Dir(name), file)
			}
			if _, err := os.Stat(filepath.Join(root, aim)); err != nil {
				t.Errorf("%s links to %s, which is not there", name, match[1])
			} else if anchor != "" && !slices.Contains(anchors(read(t, aim)), anchor) {
				t.Errorf("%s links to %s, a heading that is not there", name, match[1])
			}
		}
		for _, match := range target.FindAllStringSubmatch(text, -1) {
			if of := match[1] + match[2]; !strings.Contains(makefile, "\n"+of+":") {
				t.Errorf("%s names make %s, and the Makefile has no such target", name, of)
			}
		}
		for _, match := range path.FindAllStringSubmatch(text, -1) {
			if strings.Contains(match[1], "NAME") {
				continue // a place for one
			}
			if found, err := filepath.Glob(filepath.Join(root, match[1])); err != nil || len(found) == 0 {
				t.Errorf("%s names %s, which is not there", name, match[1])
			}
		}
	}
}

// anchors are the names by which links reach the headings of a page.
func anchors(text string) (names []string) {
	for line := range strings.Lines(text) {
		if _, heading, found := strings.Cut(line, "# "); found && strings.HasPrefix(line, "#") {
			heading = marks.ReplaceAllString(strings.ToLower(strings.TrimSpace(heading)), "")
			names = append(names, strings.ReplaceAll(heading, " ", "-"))
		}
	}
	return names
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
