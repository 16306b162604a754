// Command guard compares the hot paths of the working tree with those of an
// earlier commit, and fails if one takes over 3 % more instructions. It counts
// instructions and not seconds, since these are the same on a busy machine.
//
//	go run ./benchmarks/guard -base HEAD^
//
// Each path is a Go benchmark, which runs in valgrind's cachegrind with few and
// with many iterations. Their difference leaves out what starting costs. What
// instructions do not show, such as misses of a cache, this does not see.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// allowed is the share that a path may take more than the base.
const allowed = 0.03

// rounds is how often a path that seems to take more is measured: the least counts.
const rounds = 3

// hotPaths are what each request takes, part by part and whole. Iterations are so
// many that starting, which varies by some 100,000 instructions, is lost in them.
var hotPaths = []hotPath{
	{"tokenize a caption", "inference/tokenizer", "BenchmarkEncode", 1000},
	{"decode a JPEG", "inference/picture", "BenchmarkDecode", 51},
	{"resize a picture of 600 x 600", "inference/preprocess", "BenchmarkPixels", 11},
	{"batch an item", "inference/batch", "BenchmarkDo", 5000},
	{"score a pair", "inference/model", "BenchmarkSimilarity", 5000},
	{"scan 2,000 rows", "inference/scan", "BenchmarkSearch", 51},
	{"a text, end to end", "inference/server", "BenchmarkRequests/text,_new", 51},
	{"a picture, end to end", "inference/server", "BenchmarkRequests/picture_of_600_x_600", 6},
}

type hotPath struct {
	name, pkg, benchmark string
	iterations           int
}

func main() {
	base := flag.String("base", "HEAD^", "`commit` to compare with")
	only := flag.String("only", "", "`pattern` of the paths to compare, such as tokenize; all without")
	flag.Parse()
	pattern, err := regexp.Compile(*only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "guard: -only:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *base, slices.DeleteFunc(hotPaths, func(p hotPath) bool { return !pattern.MatchString(p.name) }), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "guard:", err)
		os.Exit(1) //nolint:gocritic // The process ends here.
	}
}

// run writes what each path takes in both trees, and fails if one takes too much.
func run(ctx context.Context, base string, paths []hotPath, table io.Writer) error {
	if _, err := exec.LookPath("valgrind"); err != nil {
		return errors.New("valgrind is not here: install it, with apt-get install valgrind")
	}
	here, err := command(ctx, "", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "guard-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work) //nolint:errcheck // Only temporary files.
	there := filepath.Join(work, "base")
	if _, err := command(ctx, here, "git", "worktree", "add", "--quiet", "--detach", there, base); err != nil {
		return err
	}
	defer command(context.WithoutCancel(ctx), here, "git", "worktree", "remove", "--force", there) //nolint:errcheck // Only a temporary tree.
	// What make setup has built is not in the commit.
	if err := os.Symlink(filepath.Join(here, ".build"), filepath.Join(there, ".build")); err != nil {
		return err
	}
	old, now := tree{there, filepath.Join(work, "old")}, tree{here, filepath.Join(work, "now")}

	var slower []string
	w := tabwriter.NewWriter(table, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "path\tinstructions before\tnow\tratio\t")
	for _, p := range paths {
		before, after, err := compare(ctx, old, now, p)
		switch {
		case errors.Is(err, errNoBenchmark):
			_, _ = fmt.Fprintf(w, "%s\tnot in the base\t%d\t\t\n", p.name, after)
			continue
		case err != nil:
			return fmt.Errorf("%s: %w", p.name, err)
		}
		ratio := float64(after) / float64(before)
		_, _ = fmt.Fprintf(w, "%s\t%d\t%d\t%.3f\t\n", p.name, before, after, ratio)
		if ratio > 1+allowed {
			slower = append(slower, p.name)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(slower) > 0 {
		return fmt.Errorf("over %.0f %% more instructions than %s: %s: make them cheaper, or say in the commit what they buy", 100*allowed, base, strings.Join(slower, "; "))
	}
	return nil
}

// compare returns the instructions of an iteration in both trees: the least of
// several rounds, if the first says that there are too many.
func compare(ctx context.Context, old, now tree, p hotPath) (before, after int64, err error) {
	for range rounds {
		n, err := now.count(ctx, p)
		if err != nil {
			return 0, 0, err
		}
		after = least(after, n)
		o, err := old.count(ctx, p)
		if err != nil {
			return 0, after, err
		}
		before = least(before, o)
		if float64(after) <= float64(before)*(1+allowed) {
			break
		}
	}
	return before, after, nil
}

func least(a, b int64) int64 {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// tree is a commit's files, and the folder of the programs built of them.
type tree struct{ source, programs string }

var errNoBenchmark = errors.New("it has no such benchmark")

// count returns the instructions of one iteration.
func (t tree) count(ctx context.Context, p hotPath) (int64, error) {
	program := filepath.Join(t.programs, filepath.Base(p.pkg)+".test")
	if _, err := os.Stat(program); err != nil {
		if _, err := command(ctx, t.source, "go", "test", "-trimpath", "-c", "-o", program, "./"+p.pkg); err != nil {
			return 0, err
		}
	}
	few, err := t.instructions(ctx, program, p, 1)
	if err != nil {
		return 0, err
	}
	many, err := t.instructions(ctx, program, p, p.iterations)
	if err != nil {
		return 0, err
	}
	return (many - few) / int64(p.iterations-1), nil
}

var counted = regexp.MustCompile(`I +refs: +([0-9,]+)`)

func (t tree) instructions(ctx context.Context, program string, p hotPath, iterations int) (int64, error) {
	pattern := "^" + strings.ReplaceAll(p.benchmark, "/", "$/^") + "$"
	child := exec.CommandContext(ctx, "valgrind", "--tool=cachegrind", "--cache-sim=no", "--branch-sim=no", "--cachegrind-out-file=/dev/null", //nolint:gosec // Its own program.
		program, "-test.run=^$", "-test.bench="+pattern, "-test.benchtime="+strconv.Itoa(iterations)+"x")
	child.Dir = filepath.Join(t.source, p.pkg)
	// The collector runs when it likes, and so do other threads.
	child.Env = append(os.Environ(), "GOGC=off", "GOMAXPROCS=1", "RSCLIP_SCAN_ROWS=2000",
		"ONNXRUNTIME_LIB="+filepath.Join(t.source, ".build/onnxruntime/lib/libonnxruntime.so.1"))
	out, err := child.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	if !slices.ContainsFunc(strings.Split(string(out), "\n"), func(line string) bool { return strings.HasPrefix(line, "Benchmark") }) {
		return 0, errNoBenchmark
	}
	found := counted.FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("valgrind did not say how many instructions: %s", out)
	}
	return strconv.ParseInt(strings.ReplaceAll(string(found[1]), ",", ""), 10, 64)
}

// command returns what a command prints, without the last line's end.
func command(ctx context.Context, folder, name string, args ...string) (string, error) {
	child := exec.CommandContext(ctx, name, args...) //nolint:gosec // Commands of this file.
	child.Dir = folder
	out, err := child.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out)), nil
}
