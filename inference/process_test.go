package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/export"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/internal/leakcheck"
)

// programs is where [built] puts the program, and [exportedOf] what it copies;
// TestMain removes it.
var programs string

// programOf returns the path of [built]. -short leaves out the tests that run it.
func programOf(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short leaves out what runs the program")
	}
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// built is the program as its users have it, without the race detector.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programs, "rsclip")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w: %s", err, out)
	}
	return path, nil
})

// tests are a run of all tests, with a place for the program. It fails where a
// goroutine outlives them.
type tests struct{ *testing.M }

func (m tests) Run() int {
	var err error
	if programs, err = os.MkdirTemp("", "rsclip-tests-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(programs) }()
	status := m.M.Run()
	http.DefaultClient.CloseIdleConnections()
	if err := leakcheck.Find(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return status
}

// rsclip runs a command, and returns its status and all that it says.
func rsclip(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var output bytes.Buffer
	status := run(t.Context(), args, &output, &output)
	return status, output.String()
}

// exported is a model folder of the tiny checkpoint.
func exported(t *testing.T) string {
	t.Helper()
	return exportedOf(t, "tiny-base")
}

// exportedOf is a model folder of a checkpoint of testdata, for a test alone: a copy
// of one that is made once.
func exportedOf(t *testing.T, checkpoint string) string {
	t.Helper()
	once, _ := exports.LoadOrStore(checkpoint, sync.OnceValues(func() (string, error) {
		out := filepath.Join(programs, checkpoint)
		return out, export.Run(context.Background(), export.Options{Checkpoint: filepath.Join("testdata", checkpoint), Out: out, Progress: func(string) {}})
	}))
	made, err := once.(func() (string, error))()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "model")
	if err := os.CopyFS(dir, os.DirFS(made)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// exports are the folders that [exportedOf] copies, by the names of their checkpoints.
var exports sync.Map

// process is a server as a process of its own.
type process struct {
	*exec.Cmd
	url   string
	log   string        // its file
	ended chan struct{} // closed when it has; ProcessState then says how
}

// unhurried is the configuration of a server that does not drain, or cache, and
// whose deadline no busy machine misses.
const unhurried = "server: {drain_seconds: -1, request_timeout_seconds: 600}\ncache: {text_mib: -1}\n"

// start starts a server on a model folder. Through is what the command goes
// through, such as a shell that sets limits and then becomes what "$@" says.
func start(t *testing.T, folder, settings string, through ...string) *process {
	t.Helper()
	program := programOf(t)
	dir := t.TempDir()
	app := filepath.Join(dir, "app.yaml")
	if err := os.WriteFile(app, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	args := slices.Concat(through, []string{program, "serve", "-model", folder, "-device", "cpu", "-address", "127.0.0.1", "-port", fmt.Sprint(port), "-app-config", app})
	p := &process{
		Cmd: exec.Command(args[0], args[1:]...), url: fmt.Sprintf("http://127.0.0.1:%d", port),
		log: filepath.Join(dir, "log"), ended: make(chan struct{}),
	}
	log, err := os.Create(p.log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	p.Stderr = log
	library, err := model.Library()
	if err != nil {
		t.Fatal(err)
	}
	p.Env = append(os.Environ(), model.LibraryEnv+"="+library)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.Wait()
	}()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Logf("the server's log:\n%s", p.logged(t))
		}
	})
	return p
}

// ready waits until the server answers.
func (p *process) ready(t *testing.T) *process {
	t.Helper()
	become(t, p.url+"/ready", http.StatusOK)
	return p
}

func (p *process) logged(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(p.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// ends waits for the end of the process, and returns how it ended.
func (p *process) ends(t *testing.T) syscall.WaitStatus {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(2 * time.Minute):
		t.Fatal("the server does not end")
	}
	return p.ProcessState.Sys().(syscall.WaitStatus)
}

// stop has the process end as Kubernetes does, and wants it to end well.
func (p *process) stop(t *testing.T) {
	t.Helper()
	_ = p.Process.Signal(syscall.SIGTERM)
	if status := p.ends(t); status != 0 {
		t.Errorf("after SIGTERM the server ended with status %d, signal %v", status.ExitStatus(), status.Signal())
	}
}

// embed asks for the embedding of a text, within a deadline in seconds where
// one is given. Status 0 is no answer.
func (p *process) embed(ctx context.Context, text, deadline string) (status int, answer string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/v1/embeddings", strings.NewReader(fmt.Sprintf(`{"input": %q}`, text)))
	if err != nil {
		return 0, err.Error()
	}
	request.Header.Set("Content-Type", "application/json")
	if deadline != "" {
		request.Header.Set("X-Request-Timeout-Seconds", deadline)
	}
	return answered(http.DefaultClient.Do(request))
}

func answered(response *http.Response, err error) (status int, answer string) {
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err.Error()
	}
	return response.StatusCode, string(data)
}

// serves wants an answer for a text, and returns it.
func (p *process) serves(t *testing.T, when string) string {
	t.Helper()
	status, answer := p.embed(t.Context(), "river", "")
	if status != http.StatusOK {
		t.Errorf("%s: status %d: %s", when, status, answer)
	}
	return answer
}
