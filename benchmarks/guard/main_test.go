package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A repository is made whose commit runs a loop so many times, and whose working tree
// runs it more often: the guard must fail past 3 %, and name the path. It takes ten
// seconds, so that RSCLIP_SLOW must be set.
func TestGuardFailsOnAPlantedRegression(t *testing.T) {
	if os.Getenv("RSCLIP_SLOW") == "" {
		t.Skip("RSCLIP_SLOW is not set")
	}
	if _, err := exec.LookPath("valgrind"); err != nil {
		t.Skip("no valgrind here: install it, with apt-get install valgrind")
	}
	const committed = 100_000
	planted := hotPath{"a planted loop", ".", "BenchmarkLoop", 51}
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	loop := func(turns int) {
		t.Helper()
		write("loop_test.go", fmt.Sprintf(`package loop

import "testing"

var sum uint64

func BenchmarkLoop(b *testing.B) {
	for range b.N {
		for i := range uint64(%d) {
			sum += i * sum
		}
	}
}
`, turns))
	}
	write("go.mod", "module loop\n\ngo 1.26\n")
	loop(committed)
	t.Chdir(folder)
	for _, args := range [][]string{{"init", "--quiet"}, {"add", "."}, {"-c", "user.name=guard", "-c", "user.email=guard@localhost", "commit", "--quiet", "--message", "base"}} {
		if _, err := command(t.Context(), folder, "git", args...); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		turns int
		fails bool
	}{{committed, false}, {committed * 102 / 100, false}, {committed * 104 / 100, true}} {
		loop(c.turns)
		var table bytes.Buffer
		err := run(t.Context(), "HEAD", []hotPath{planted}, &table)
		if failed := err != nil; failed != c.fails {
			t.Errorf("%d turns after %d: %v, want failing %t\n%s", c.turns, committed, err, c.fails, &table)
		}
		if c.fails && err != nil && !strings.Contains(err.Error(), planted.name) {
			t.Errorf("%d turns after %d: %v, want it to name %q", c.turns, committed, err, planted.name)
		}
	}
}
