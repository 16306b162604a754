// Command mutate shows what a package's tests notice: it makes one small
// change after another to the package, runs the package's own tests on each,
// and prints the changes that none of them noticed.
//
//	mutate -n 80 ./inference/batch ./inference/fetch
//
// All changes of a package are compiled into one test program, of which an
// environment variable chooses one for a run. Each test is run alone first, to see
// which changes it comes by: a change is tried on the tests that do. A run that takes far longer than
// that of the unchanged package proves nothing on a busy machine, and is
// counted apart. With -report, a page is written from the latest results of
// every package that has been tried.
//
// github.com/go-gremlins/gremlins was tried before: it leaves out no statement
// and forgets no error, takes no sample, cannot be told of equivalent changes,
// and compiles a program for each change.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	o := options{}
	flag.IntVar(&o.sample, "n", 80, "changes to try in each package; 0 tries all")
	flag.Int64Var(&o.seed, "seed", 1, "what chooses the changes")
	flag.IntVar(&o.workers, "p", 4, "runs at the same time")
	flag.StringVar(&o.tests, "run", "", "run only the tests that match")
	flag.StringVar(&o.skip, "skip", "", "leave out the tests that match, such as those that measure")
	flag.StringVar(&o.only, "only", "", "try only changes in files whose name begins so, such as slots.go:40")
	// internal/leakcheck looks for a minute for what is left behind.
	flag.DurationVar(&o.grace, "grace", 75*time.Second, "how much longer than the unchanged package's tests a run may last, besides 8 times as long")
	results := flag.String("results", ".build/mutation", "folder of the latest results")
	report := flag.String("report", "", "page to write from the latest results")
	flag.Parse()
	if err := run(context.Background(), o, flag.Args(), *results, *report); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// options choose the changes that are tried, and how.
type options struct {
	sample  int
	seed    int64
	workers int
	tests   string
	skip    string
	only    string
	grace   time.Duration
}

func run(ctx context.Context, o options, packages []string, results, report string) error {
	reasons, err := readEquivalents(equivalentsFile)
	if err != nil {
		return err
	}
	for _, path := range packages {
		r, err := try(ctx, o, path, reasons)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		r.Date = time.Now().UTC().Format(time.DateOnly)
		r.Command = fmt.Sprintf("make mutate packages=%s n=%d seed=%d", path, o.sample, o.seed)
		if o.skip != "" {
			r.Command += " skip=" + o.skip
		}
		r.print(os.Stdout)
		if o.only != "" || o.tests != "" {
			continue // It says nothing about the package.
		}
		if err := r.save(results); err != nil {
			return err
		}
		if len(r.Wrong) > 0 {
			return fmt.Errorf("%s: equivalent.yaml says of a change that no test can notice it, and a test did: %q", path, r.Wrong)
		}
	}
	if report == "" {
		return nil
	}
	return writeReport(results, report)
}
