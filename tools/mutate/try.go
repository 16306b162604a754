package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// variable chooses the change of a run, by its number.
	variable = "MUTATE_CHANGE"
	// reached names the file to which a run writes the numbers of the changes that it
	// comes by, each once or more.
	reached = "MUTATE_REACHED"
	// A run may last so many times as long as that of the unchanged package, and
	// keep cores busy for so many times as long, and some time longer.
	patience = 8
	// leastBusy is more than what the tests' own processes may set for themselves,
	// who fail if they may not: the decoder of JPEG 2000 has a minute.
	leastBusy = 2 * time.Minute
	// memory is the most address space of a run, in KiB: a change may allocate
	// without end.
	memory = 32 << 20
)

// support is the code that the changes call.
const support = `package %s

import (
	"os"
	"strconv"
	"sync"
)

var (
	mutateChosen = func() int { n, _ := strconv.Atoi(os.Getenv(%q)); return n }()
	mutateFile, _ = os.OpenFile(os.Getenv(%q), os.O_APPEND|os.O_WRONLY, 0)
	mutateSeen sync.Map
)

func mutateOn(n int) bool {
	if mutateFile != nil {
		if _, seen := mutateSeen.LoadOrStore(n, true); !seen {
			_, _ = mutateFile.WriteString(strconv.Itoa(n) + "\n")
		}
	}
	return n == mutateChosen
}

func mutateForget(forget bool, err error) error {
	if forget {
		return nil
	}
	return err
}
`

// outcome is how the tests of a changed package ended.
type outcome int

const (
	killed outcome = iota
	survived
	timedOut
)

// try makes changes to a package and runs its tests on each.
func try(ctx context.Context, o options, path string, reasons equivalents) (*result, error) {
	s, err := load(ctx, path)
	if err != nil {
		return nil, err
	}
	all := s.changes()
	if err := reasons.check(s.Path, all); err != nil {
		return nil, err
	}
	chosen := choose(o, all)
	work, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	program, err := compile(ctx, s, chosen, work)
	if err != nil {
		return nil, err
	}
	t := tester{options: o, program: program, dir: s.Dir, work: work}
	t.limit, t.busy = 10*time.Minute, 10*time.Minute
	for range 2 { // Files are read from a disk the first time. The second time has the limits that changes have.
		start := time.Now()
		how, busy, output := t.run(ctx, 0, o.tests)
		if how != survived {
			return nil, fmt.Errorf("the tests of the unchanged package fail:\n%s", output)
		}
		t.limit, t.busy = patience*time.Since(start)+o.grace, max(patience*busy+o.grace/5, leastBusy)
	}
	tests, err := t.reaching(ctx)
	if err != nil {
		return nil, err
	}
	r := &result{Package: s.Path, Possible: len(all), Tried: len(chosen)}
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(o.workers)
	for _, number := range slices.Sorted(maps.Keys(chosen)) {
		group.Go(func() error {
			how := t.tell(ctx, number, tests[number])
			mu.Lock()
			defer mu.Unlock()
			r.count(chosen[number], how, reasons)
			return ctx.Err()
		})
	}
	return r, group.Wait()
}

// choose returns a sample of changes by their numbers, which begin at 1.
func choose(o options, all []change) map[int]change {
	chosen := make(map[int]change)
	order := rand.New(rand.NewPCG(uint64(o.seed), 0)).Perm(len(all)) //nolint:gosec // The same seed must give the same sample.
	for _, i := range order {
		if o.sample > 0 && len(chosen) == o.sample {
			break
		}
		if c := all[i]; strings.HasPrefix(fmt.Sprintf("%s:%d", c.File, c.Line), o.only) {
			chosen[i+1] = c
		}
	}
	return chosen
}

// compile makes the test program of a package with all the chosen changes in it.
func compile(ctx context.Context, s *source, chosen map[int]change, work string) (program string, err error) {
	replace := map[string]string{filepath.Join(s.Dir, "mutate_support.go"): filepath.Join(work, "support.go")}
	if err := os.WriteFile(filepath.Join(work, "support.go"), fmt.Appendf(nil, support, s.Name, variable, reached), 0o600); err != nil {
		return "", err
	}
	for i, f := range s.files {
		changed := filepath.Join(work, fmt.Sprintf("file%d.go", i))
		if err := os.WriteFile(changed, apply(f, chosen), 0o600); err != nil {
			return "", err
		}
		replace[f.path] = changed
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	list := filepath.Join(work, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		return "", err
	}
	program = filepath.Join(work, "changed.test")
	out, err := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-overlay", list, "-o", program, s.Path).CombinedOutput() //nolint:gosec // The path is the user's.
	if err != nil {
		return "", fmt.Errorf("compiling the changed package: %w:\n%s", err, out)
	}
	return program, nil
}

// tester runs a test program.
type tester struct {
	options
	program, dir, work string
	limit, busy        time.Duration
}

// reaching returns, by the number of each change, the tests that come by it, the
// quickest first. No other test can notice it.
func (t *tester) reaching(ctx context.Context) (map[int][]string, error) {
	list := exec.CommandContext(ctx, t.program, "-test.list", cmp.Or(t.tests, ".")) //nolint:gosec // A program that was just made.
	list.Dir = t.dir
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the tests: %w", err)
	}
	type seen struct {
		test    string
		busy    time.Duration
		numbers []int
	}
	var all []seen
	var mu sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(t.workers)
	for n, test := range strings.Fields(string(out)) {
		if strings.HasPrefix(test, "Benchmark") {
			continue
		}
		group.Go(func() error {
			file := filepath.Join(t.work, fmt.Sprintf("reached%d", n))
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				return err
			}
			how, busy, output := t.run(ctx, 0, exactly(test), reached+"="+file)
			if how != survived {
				return fmt.Errorf("%s fails alone:\n%s", test, output)
			}
			written, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			s := seen{test: test, busy: busy}
			for _, line := range strings.Fields(string(written)) {
				number, err := strconv.Atoi(line)
				if err != nil {
					return err
				}
				s.numbers = append(s.numbers, number)
			}
			slices.Sort(s.numbers)
			s.numbers = slices.Compact(s.numbers) // Processes of a test write too.
			mu.Lock()
			defer mu.Unlock()
			all = append(all, s)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b seen) int { return cmp.Compare(a.busy, b.busy) })
	tests := make(map[int][]string)
	for _, s := range all {
		for _, number := range s.numbers {
			tests[number] = append(tests[number], s.test)
		}
	}
	return tests, nil
}

// quick is how many tests are asked about a change before the others.
const quick = 10

// tell runs the tests that come by a change, the quickest before the others.
func (t *tester) tell(ctx context.Context, number int, tests []string) outcome {
	first := min(quick, len(tests))
	for _, some := range [][]string{tests[:first], tests[first:]} {
		if len(some) == 0 {
			continue
		}
		if how, _, _ := t.run(ctx, number, exactly(some...)); how != survived {
			return how
		}
	}
	return survived
}

// exactly matches the names of tests and no others.
func exactly(tests ...string) string { return "^(" + strings.Join(tests, "|") + ")$" }

// run runs the tests that match with one change, or none when number is 0, and
// returns how long they kept cores busy, and what they printed.
func (t *tester) run(ctx context.Context, number int, tests string, env ...string) (how outcome, busy time.Duration, output []byte) {
	temp, err := os.MkdirTemp(t.work, "run-")
	if err != nil {
		return timedOut, 0, []byte(err.Error())
	}
	defer func() { _ = os.RemoveAll(temp) }()
	ctx, cancel := context.WithTimeout(ctx, t.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", `ulimit -v "$1"; ulimit -t "$2"; shift 2; exec "$@"`, "sh", //nolint:gosec // A program that was just made.
		strconv.Itoa(memory), strconv.Itoa(int(t.busy.Seconds())),
		t.program, "-test.short", "-test.failfast", "-test.count=1", "-test.timeout=0", "-test.run="+tests, "-test.skip="+t.skip)
	cmd.Dir = t.dir
	cmd.Env = append(append(os.Environ(), variable+"="+strconv.Itoa(number), "TMPDIR="+temp), env...)
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	// What the tests have started must end with them.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	kill := func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Cancel, cmd.WaitDelay = kill, 5*time.Second
	if err := cmd.Start(); err != nil {
		return timedOut, 0, []byte(err.Error())
	}
	err = cmd.Wait()
	_ = kill()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case err == nil:
		how = survived
	case status.Signaled() && status.Signal() == syscall.SIGKILL || ctx.Err() != nil: // By a limit, which sends it.
		how = timedOut
	default:
		how = killed
	}
	return how, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), printed.Bytes()
}
