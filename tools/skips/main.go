// Command skips reads what `go test -json` prints. With -show, from standard
// input, it prints what one wants to see of it: the closing line of each package,
// and all that the failed tests have said; with -verbose, all that is said, when
// it is.
//
//	go test -json ./... | go run ./tools/skips -show [-verbose]
//	go run ./tools/skips [-without REASON]... FILE...
//
// With files it prints every test that was skipped in all of them that have it,
// with its reason, and fails if there is one that the machine could have run: if
// its reason is neither beyond any CI nor begins with one that -without names.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// beyond are how reasons begin for which no package to install and no variable
// to set is a cure.
var beyond = []string{
	"this machine has cuda", "this machine has tensorrt",
	"testdata/clock moves the clock of x86-64 only",
	"the cluster has no image volumes",
}

func main() {
	show := flag.Bool("show", false, "print closing lines and failures of the events on standard input")
	verbose := flag.Bool("verbose", false, "with -show, print what passing tests say, too")
	var without reasons
	flag.Var(&without, "without", "a `reason`, or its beginning, that holds here")
	flag.Parse()
	err := errors.New("name files, or -show")
	switch {
	case *show:
		err = showRun(os.Stdin, os.Stdout, *verbose)
	case flag.NArg() > 0:
		err = listSkips(os.Stdout, flag.Args(), append(without, beyond...))
	}
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "skips:", err)
		os.Exit(1)
	}
}

type reasons []string

func (r *reasons) String() string { return strings.Join(*r, ", ") }

func (r *reasons) Set(value string) error {
	*r = append(*r, value)
	return nil
}

// event is a line of `go test -json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build
	Test       string
	Output     string
}

// events calls do with each event of a stream. What is no event is one of output
// that belongs to no test.
func events(in io.Reader, do func(event)) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			e = event{Action: "output", Output: lines.Text() + "\n"}
		}
		do(e)
	}
	return lines.Err()
}

// test names a test of a package, and a package when its name is "".
type test struct{ pkg, name string }

// showRun prints a run, and in the end once more what the failed tests have said
// first: the logs of many pods may stand between. It does not judge the run: go
// test's own status does.
func showRun(in io.Reader, out io.Writer, verbose bool) error {
	said := map[test]*strings.Builder{}
	var failed []string
	fail := func(t test) {
		if !verbose {
			_, _ = io.WriteString(out, said[t].String())
		}
		if lines := remarks(said[t].String()); lines != "" {
			failed = append(failed, fmt.Sprintf("%s %s\n%s", t.pkg, t.name, lines))
		}
		delete(said, t)
	}
	err := events(in, func(e event) {
		t := test{e.Package, e.Test}
		switch {
		case e.Action == "build-output", e.Action == "output" && t.name == "" && (verbose || e.Output != "PASS\n"):
			_, _ = io.WriteString(out, e.Output)
		case e.Action == "output":
			if verbose {
				_, _ = io.WriteString(out, e.Output)
			}
			if said[t] == nil {
				said[t] = &strings.Builder{}
			}
			_, _ = said[t].WriteString(e.Output)
		case e.Action == "fail" && said[t] != nil:
			fail(t)
		case e.Action == "pass", e.Action == "skip":
			delete(said, t)
		}
		// A test that a panic or a deadline has cut off has no end of its own.
		if e.Action == "fail" && t.name == "" {
			for other := range said {
				if other.pkg == t.pkg {
					fail(other)
				}
			}
		}
	})
	if len(failed) > 0 {
		_, _ = fmt.Fprintf(out, "\nfailed:\n%s", strings.Join(failed, ""))
	}
	return err
}

// remarks are the lines that a test itself has logged, each with the two after it,
// and at most 20 of them.
func remarks(said string) string {
	var b strings.Builder
	count, after := 0, 0
	for line := range strings.Lines(said) {
		if framing(line) {
			continue
		}
		if place.MatchString(line) {
			count, after = count+1, 3
		}
		if after--; after >= 0 && count <= 20 {
			_, _ = b.WriteString(line)
		}
	}
	return b.String()
}

// listSkips prints the tests that no file has run. It fails on those whose
// reasons do not begin with one of those that are allowed.
func listSkips(out io.Writer, files, allowed []string) error {
	skipped, ran, said := map[test]string{}, map[test]bool{}, map[test]string{}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		err = events(file, func(e event) {
			t := test{e.Package, e.Test}
			switch {
			case e.Test == "": // Such as of a package without tests.
			case e.Action == "run":
				said[t] = ""
			case e.Action == "output":
				said[t] += e.Output
			case e.Action == "skip":
				skipped[t] = reason(said[t])
			case e.Action == "pass", e.Action == "fail":
				ran[t] = true
			}
		})
		_ = file.Close()
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
	}
	if len(ran) == 0 {
		return errors.New("the files have no test that ran")
	}
	maps.DeleteFunc(skipped, func(t test, _ string) bool { return ran[t] })
	faults := 0
	for _, t := range slices.SortedFunc(maps.Keys(skipped), func(a, b test) int { return strings.Compare(a.pkg+a.name, b.pkg+b.name) }) {
		mark := "skipped"
		if !slices.ContainsFunc(allowed, func(beginning string) bool { return strings.HasPrefix(skipped[t], beginning) }) {
			mark = "SKIPPED, and need not be"
			faults++
		}
		_, _ = fmt.Fprintf(out, "%s: %s %s: %s\n", mark, t.pkg, t.name, skipped[t])
	}
	_, _ = fmt.Fprintf(out, "%d tests ran, %d were skipped\n", len(ran), len(skipped))
	if faults > 0 {
		return fmt.Errorf("%d tests were skipped for a reason that does not hold here: provide what they ask for", faults)
	}
	return nil
}

// framing tells whether a line is go test's own, about when a test runs.
func framing(line string) bool {
	return strings.HasPrefix(strings.TrimSpace(line), "--- ") || strings.HasPrefix(line, "=== ")
}

// place is what go test puts before a line that a test has logged.
var place = regexp.MustCompile(`^\s+\S+\.go:\d+: `)

// reason is what a skipped test has said, in a line.
func reason(said string) string {
	var lines []string
	for line := range strings.Lines(said) {
		if framing(line) {
			continue
		}
		lines = append(lines, strings.TrimSpace(place.ReplaceAllString(line, "")))
	}
	return strings.Join(lines, " ")
}
