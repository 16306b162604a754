package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program is a package whose tests pass, fail and skip.
const program = `package p

import "testing"

func TestPasses(t *testing.T) { t.Log("nobody wants to see this") }

func TestFails(t *testing.T) {
	t.Run("inner", func(t *testing.T) { t.Error("it is broken") })
}

func TestSkips(t *testing.T) {
	t.Log("after a line of its own")
	t.Skip("no moon")
}

func TestHalf(t *testing.T) {
	t.Run("inner", func(t *testing.T) { t.Skipf("no %s here: none", "star") })
}
`

// run runs the tests of the program, and returns the file of what go test says.
func run(t *testing.T, source string, args ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short leaves out what runs the tests of a package")
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"go.mod": "module p\n", "p_test.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.CommandContext(t.Context(), "go", append([]string{"test", "-json"}, args...)...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOFLAGS=")
	out, _ := command.Output() // It fails, as a test does.
	file := filepath.Join(dir, "events.json")
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestShow(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		source      string
		verbose     bool
		want, never []string
	}{
		"failures": {program, false, []string{"--- FAIL: TestFails/inner", "p_test.go:8: it is broken", "FAIL\tp\t", "\nfailed:\np TestFails/inner\n    p_test.go:8: it is broken\n"}, []string{"nobody wants", "=== RUN   TestPasses", "no moon"}},
		"verbose":  {program, true, []string{"nobody wants to see this", "--- FAIL: TestFails/inner", "no moon", "\nfailed:\np TestFails/inner\n    p_test.go:8: it is broken\n"}, nil},
		"success":  {strings.Replace(program, "t.Error", "t.Log", 1), false, []string{"ok  \tp\t"}, []string{"it is broken", "PASS", "failed:"}},
		"panic":    {strings.Replace(program, `t.Error("it is broken")`, `panic("it is broken")`, 1), false, []string{"panic: it is broken", "p_test.go:8", "FAIL\tp\t"}, []string{"nobody wants"}},
		"no build": {program + "!", false, []string{"p_test.go:19:1: expected declaration", "FAIL\tp [setup failed]"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			events, err := os.ReadFile(run(t, tt.source))
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := showRun(bytes.NewReader(events), &out, tt.verbose); err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q is not shown:\n%s", want, out.String())
				}
			}
			for _, never := range tt.never {
				if strings.Contains(out.String(), never) {
					t.Errorf("%q is shown:\n%s", never, out.String())
				}
			}
		})
	}
}

func TestListSkips(t *testing.T) {
	t.Parallel()
	first := run(t, program)
	second := run(t, strings.Replace(program, `t.Skip("no moon")`, ``, 1), "-run", "TestSkips")
	for name, tt := range map[string]struct {
		files, allowed []string
		want           []string
		fails          bool
	}{
		"both skip for no reason":   {[]string{first}, nil, []string{"SKIPPED, and need not be: p TestSkips: after a line of its own no moon", "need not be: p TestHalf/inner: no star here: none", "4 tests ran, 2 were"}, true},
		"one skips for no reason":   {[]string{first}, []string{"no star"}, []string{"need not be: p TestSkips", "\nskipped: p TestHalf/inner"}, true},
		"it is run by another file": {[]string{first, second}, []string{"no star"}, []string{"skipped: p TestHalf/inner", "1 were"}, false},
		"in whatever order":         {[]string{second, first}, []string{"no star"}, []string{"1 were"}, false},
		"a file that is not there":  {[]string{first, "none"}, nil, nil, true},
		"a file without tests":      {[]string{"main.go"}, nil, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			if err := listSkips(&out, tt.files, tt.allowed); (err != nil) != tt.fails {
				t.Errorf("got %v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains("\n"+out.String(), want) {
					t.Errorf("%q is not printed:\n%s", want, out.String())
				}
			}
		})
	}
}

func TestRemarks(t *testing.T) {
	t.Parallel()
	logs := strings.Repeat("        a pod's line\n", 100)
	said := "=== RUN   TestX\n    x_test.go:3: wrong:\n        got 1\n        want 2\n    x_test.go:9: logs:\n" + logs + "--- FAIL: TestX\n"
	want := "    x_test.go:3: wrong:\n        got 1\n        want 2\n    x_test.go:9: logs:\n        a pod's line\n        a pod's line\n"
	if got := remarks(said); got != want {
		t.Errorf("got %q", got)
	}
	if got := remarks(strings.Repeat("    x_test.go:3: wrong\n", 21)); strings.Count(got, "wrong") != 20 {
		t.Errorf("got %q", got)
	}
}
