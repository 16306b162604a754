package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// result is what the tests of one package noticed.
type result struct {
	Package  string
	Command  string
	Date     string
	Possible int
	Tried    int
	Killed   int
	Survived []string
	TimedOut []string
	// Equivalent are survivors with the reason that no test can notice them.
	Equivalent []string
	// Wrong are changes that are called equivalent and that a test noticed.
	Wrong []string
}

func (r *result) count(c change, how outcome, reasons equivalents) {
	why := reasons.why(r.Package, c)
	switch {
	case why != "" && how == killed:
		r.Wrong = append(r.Wrong, c.String())
	case why != "" && how == survived:
		r.Equivalent = append(r.Equivalent, c.String()+"\t"+why)
	case how == killed:
		r.Killed++
	case how == survived:
		r.Survived = append(r.Survived, c.String())
	default:
		r.TimedOut = append(r.TimedOut, c.String())
	}
}

// score is the part that was noticed of what could be.
func (r *result) score() float64 {
	return float64(r.Killed) / float64(max(1, r.Killed+len(r.Survived)))
}

func (r *result) sort() {
	for _, list := range [][]string{r.Survived, r.TimedOut, r.Equivalent, r.Wrong} {
		slices.SortFunc(list, byPlace)
	}
}

// byPlace orders lines that begin with a file and a line number.
func byPlace(a, b string) int {
	place := func(s string) (file string, line int) {
		file, rest, _ := strings.Cut(s, ":")
		_, _ = fmt.Sscanf(rest, "%d", &line)
		return file, line
	}
	fileA, lineA := place(a)
	fileB, lineB := place(b)
	return cmp.Or(cmp.Compare(fileA, fileB), cmp.Compare(lineA, lineB), cmp.Compare(a, b))
}

func (r *result) print(w io.Writer) {
	r.sort()
	for _, list := range []struct {
		title string
		lines []string
	}{{"SURVIVED", r.Survived}, {"TIMED OUT", r.TimedOut}, {"EQUIVALENT", r.Equivalent}, {"NOT EQUIVALENT", r.Wrong}} {
		for _, line := range list.lines {
			_, _ = fmt.Fprintf(w, "%s %s/%s\n", list.title, r.Package, line)
		}
	}
	_, _ = fmt.Fprintf(w, "%s: %d of %d changes tried, %d killed, %d timed out, %d equivalent, %d survived: %.2f\n",
		r.Package, r.Tried, r.Possible, r.Killed, len(r.TimedOut), len(r.Equivalent), len(r.Survived), r.score())
}

func (r *result) save(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, path.Base(r.Package)+".json"), data, 0o644)
}

const head = `# What the tests notice

Each package was changed in one small way after another: a comparison turned around or moved by one, a condition that is never true, a
statement left out, an error forgotten, a number one larger. Its own tests ran on each change. A change is killed when a test fails, and
survives when none does. A run that took far longer than that of the unchanged package is counted apart: a hang is likely, and a busy
machine cannot prove it. A survivor is equivalent when it keeps every promise that the package makes; ` + "`tools/mutate/equivalent.yaml`" + ` says why.
The score is killed / (killed + survived). ` + "`make mutate`" + ` runs all this again; the same seed tries the same changes of the same code.
A package that is not in the table has not been tried.

| package | changes there are | tried | killed | timed out | equivalent | survived | score | date |
|---|---|---|---|---|---|---|---|---|
`

// writeReport writes the page of all results in a folder.
func writeReport(dir, page string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return err
	}
	var out, lists strings.Builder
	out.WriteString(head)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var r result
		if err := json.Unmarshal(data, &r); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		r.sort()
		name := strings.Join(strings.Split(r.Package, "/")[3:], "/")
		_, _ = fmt.Fprintf(&out, "| %s | %d | %d | %d | %d | %d | %d | %.2f | %s |\n",
			name, r.Possible, r.Tried, r.Killed, len(r.TimedOut), len(r.Equivalent), len(r.Survived), r.score(), r.Date)
		_, _ = fmt.Fprintf(&lists, "\n## %s\n\n`%s`\n", name, r.Command)
		for _, list := range []struct {
			title string
			lines []string
		}{{"Survived", r.Survived}, {"Timed out", r.TimedOut}, {"Equivalent", r.Equivalent}} {
			if len(list.lines) == 0 {
				continue
			}
			_, _ = fmt.Fprintf(&lists, "\n%s:\n\n", list.title)
			for _, line := range list.lines {
				what, why, _ := strings.Cut(line, "\t")
				_, _ = fmt.Fprintf(&lists, "- `%s`%s\n", strings.ReplaceAll(what, "`", "'"), strings.TrimRight(" "+why, " "))
			}
		}
	}
	return os.WriteFile(page, []byte(out.String()+lists.String()), 0o644)
}
