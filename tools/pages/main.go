// Command pages runs the commands of the repository's pages as a reader would:
// in a fresh clone of the last commit, page by page, each page in a shell of its
// own in which no variable is exported. Blocks that are marked with needs are
// left out; see package pages for the marks. Called by `make pages`.
//
//	go run ./tools/pages [PAGE...]
//
// A server (`make serve`, `make demo`, `./rsclip serve`) runs in the background until the
// page ends, and the next command begins when it is ready.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/seed-74198975/rsclip/internal/pages"
)

// deadline is that of one command, and of a server's start. The first command
// compiles everything.
const deadline = 15 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, names []string) error {
	root, err := filepath.Abs(".")
	if err != nil {
		return fmt.Errorf("looking for the repository: %w", err)
	}
	clone, err := makeClone(ctx, root)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		if names, err = pages.Names(clone); err != nil {
			return err
		}
	}
	var failed []error // of each page the first
	for _, name := range names {
		failed = append(failed, runPage(ctx, clone, name))
	}
	return errors.Join(failed...)
}

// makeClone clones the last commit to .build/pages/rsclip, always the same
// folder, so that Go's build cache serves it. It gets a copy of what setup has
// installed here if the lock file is the same, and otherwise downloads its own.
// A copy and no link: npm empties the folder that a link leads to.
func makeClone(ctx context.Context, root string) (string, error) {
	clone := filepath.Join(root, ".build", "pages", "rsclip")
	if err := os.RemoveAll(clone); err != nil {
		return "", fmt.Errorf("making a clone: %w", err)
	}
	script := `git clone -q . "$1"
if cmp -s package-lock.json "$1/package-lock.json" && test -e node_modules/.package-lock.json; then
  mkdir "$1/node_modules" "$1/.build"
  cp -a --reflink=auto node_modules/. "$1/node_modules"
  for d in go onnxruntime; do if test -e ".build/$d"; then cp -a "$(realpath ".build/$d")" "$1/.build/$d"; fi; done
  touch -d 2000-01-01 "$1/package-lock.json" # older than what was installed by it
fi`
	if out, err := exec.CommandContext(ctx, "bash", "-e", "-c", script, "bash", clone).CombinedOutput(); err != nil { //nolint:gosec // The folder is our own.
		return "", fmt.Errorf("making a clone: %w: %s", err, out)
	}
	return clone, nil
}

// runPage runs the blocks of a page that need nothing, in order.
func runPage(ctx context.Context, clone, name string) error {
	blocks, err := pages.Blocks(clone, name)
	if err != nil {
		return fmt.Errorf("reading pages: %w", err)
	}
	sh, err := newShell(ctx, clone)
	if err != nil {
		return err
	}
	defer sh.close()
	answer := ""
	for _, block := range blocks {
		switch {
		case block.File != "":
			if err := os.WriteFile(filepath.Join(clone, block.File), []byte(block.Text), 0o600); err != nil {
				return fmt.Errorf("%v: %w", block, err)
			}
		case block.Answer:
			if err := sameShape(block.Text, answer); err != nil {
				return fmt.Errorf("%v: the page's answer is not that of the command before: %w", block, err)
			}
		case block.Language == "sh" && block.Needs != nil:
			fmt.Printf("%v: left out, needs %s\n", block, strings.Join(block.Needs, ", "))
		case block.Language == "sh":
			for _, command := range block.Commands(ctx) {
				fmt.Printf("%v: %s\n", block, command)
				if answer, err = sh.run(ctx, command); err != nil {
					return fmt.Errorf("%v: %s: %w", block, command, err)
				}
			}
		}
	}
	return nil
}

// shell is a bash that runs one command after another, and a server beside it.
type shell struct {
	clone, work string
	bash        *exec.Cmd
	stdin       io.WriteCloser
	done        chan struct{} // closed when bash has ended
	server      *exec.Cmd
	gone        chan struct{} // closed when the server has ended
}

// kept are the variables of a reader's shell: those of a login, and the ways to
// proxies and registries. Make's own, and those that the server or the tests
// read, are not there.
var kept = regexp.MustCompile(`^(HOME|PATH|USER|LOGNAME|SHELL|LANG|TERM|TMPDIR|DEBIAN_FRONTEND|GO(PROXY|SUMDB|NOSUMDB|NOPROXY|PRIVATE|CACHE|MODCACHE|TOOLCHAIN|PATH)|\w*(_proxy|_PROXY)|npm_config_\w+|PIP_\w+|\w*(SSL|CERT|CA_BUNDLE|CAINFO)\w*)=`)

func newShell(ctx context.Context, clone string) (*shell, error) {
	work, err := os.MkdirTemp("", "pages")
	if err != nil {
		return nil, fmt.Errorf("starting a shell: %w", err)
	}
	s := &shell{clone: clone, work: work, done: make(chan struct{})}
	s.bash = s.command(ctx, "--noprofile", "--norc")
	if s.stdin, err = s.bash.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting a shell: %w", err)
	}
	if err := s.bash.Start(); err != nil {
		return nil, fmt.Errorf("starting a shell: %w", err)
	}
	go func() { _ = s.bash.Wait(); close(s.done) }()
	_, err = io.WriteString(s.stdin, "set -euo pipefail\n")
	return s, err
}

// command is a bash in the clone, in a process group of its own.
func (s *shell) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", args...) //nolint:gosec // The pages' commands are ours.
	cmd.Dir = s.clone
	for _, v := range os.Environ() {
		if kept.MatchString(v) {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// end stops a command and what it has started, and waits for it.
func end(cmd *exec.Cmd, gone <-chan struct{}) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
	}
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // whoever did not listen
	<-gone
}

func (s *shell) close() {
	if s.server != nil {
		end(s.server, s.gone)
	}
	_ = s.stdin.Close()
	end(s.bash, s.done)
	_ = os.RemoveAll(s.work)
}

var serves = regexp.MustCompile(`^(make serve|make demo|\./rsclip serve)\b`)

// run runs a command to its end, or a server until it is ready, and returns what
// the command printed.
func (s *shell) run(ctx context.Context, command string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	if serves.MatchString(command) {
		return "", s.serve(ctx, command)
	}
	file, out, status := filepath.Join(s.work, "command"), filepath.Join(s.work, "out"), filepath.Join(s.work, "status")
	if err := os.WriteFile(file, []byte(command), 0o600); err != nil {
		return "", err
	}
	_ = os.Remove(status)
	// The status is written in one step, under another name first.
	if _, err := fmt.Fprintf(s.stdin, ". %s </dev/null >%s 2>%[2]s.err; echo > %[3]s.new; mv %[3]s.new %[3]s\n", file, out, status); err != nil {
		return "", err
	}
	for ended := false; ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(status); err == nil {
			printed, err := os.ReadFile(out)
			return string(printed), err
		}
		if ended || ctx.Err() != nil {
			return "", errors.Join(ctx.Err(), errors.New("failed"), tailOf(out), tailOf(out+".err"))
		}
		select {
		case <-s.done:
			ended = true // and look once more
		default:
		}
	}
}

// tailOf returns the end of what a command wrote.
func tailOf(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return errors.New(string(data[max(0, len(data)-4000):]))
}

const ready = "http://127.0.0.1:8080/ready"

// serve starts a server in place of the page's earlier one, and waits until it
// is ready.
func (s *shell) serve(ctx context.Context, command string) error {
	if s.server != nil {
		end(s.server, s.gone)
		s.server = nil
	}
	if isReady(ctx) {
		return fmt.Errorf("something answers at %s already: stop it", ready)
	}
	s.server, s.gone = s.command(context.WithoutCancel(ctx), "-c", command), make(chan struct{})
	log, err := os.Create(filepath.Join(s.work, "server"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	s.server.Stdout, s.server.Stderr = log, log
	if err := s.server.Start(); err != nil {
		return err
	}
	go func(server *exec.Cmd, gone chan struct{}) { _ = server.Wait(); close(gone) }(s.server, s.gone)
	for !isReady(ctx) {
		select {
		case <-s.gone:
			return errors.Join(errors.New("the server has ended"), tailOf(log.Name()))
		case <-ctx.Done():
			return errors.Join(ctx.Err(), errors.New("the server is not ready"), tailOf(log.Name()))
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}

func isReady(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, ready, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}
