// Package served runs `rsclip serve` in a process of its own, on this machine,
// for those who measure it.
package served

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/port"
)

// settings turn off the cache that would answer for the model. Requests may
// take as long as those who stop the process between them like.
const settings = "server: {port: %d, drain_seconds: -1, request_timeout_seconds: 600}\nlogging: {level: ERROR}\ncache: {text_mib: -1}\n"

// Server is a server on a CPU. Stop it.
type Server struct {
	URL string // such as http://127.0.0.1:41234

	command *exec.Cmd
	folder  string        // of its configuration
	ended   chan struct{} // closed when its process has ended
	failure error         // then
}

// Start starts the program with a model folder and so many threads of a run, 0
// for one a core, and returns when it is ready.
func Start(ctx context.Context, program, model string, threads int) (*Server, error) {
	reserved, err := port.Reserve()
	if err != nil {
		return nil, err
	}
	defer reserved.Release() // By then the server listens.
	folder, err := os.MkdirTemp("", "rsclip-served-")
	if err != nil {
		return nil, err
	}
	onCPU, err := config.MarshalModel(config.Model{Device: config.CPU, CPU: &config.CPUOptions{Threads: threads}}.WithDefaults())
	if err != nil {
		return nil, err
	}
	app, modelConfig := filepath.Join(folder, "app-config.yaml"), filepath.Join(folder, "model-config.json")
	s := &Server{
		URL:     fmt.Sprintf("http://127.0.0.1:%d", reserved.Number),
		command: exec.CommandContext(ctx, program, "serve", "-address", "127.0.0.1", "-model", model, "-app-config", app, "-model-config", modelConfig), //nolint:gosec // The program that its user names.
		folder:  folder,
		ended:   make(chan struct{}),
	}
	s.command.Stderr = os.Stderr
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := errors.Join(
		os.WriteFile(app, fmt.Appendf(nil, settings, reserved.Number), 0o600),
		os.WriteFile(modelConfig, onCPU, 0o600),
	); err != nil {
		_ = os.RemoveAll(folder)
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		_ = os.RemoveAll(folder)
		return nil, fmt.Errorf("starting the server: %w", err)
	}
	go func() { s.failure = s.command.Wait(); close(s.ended) }()
	if err := s.ready(ctx, program, model); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// ready returns when the server is.
func (s *Server) ready(ctx context.Context, program, model string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		if _, err := s.Get(ctx, "/ready"); err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("%s serve -model %s has ended: %w", program, model, s.failure)
		case <-ctx.Done():
			return fmt.Errorf("%s serve -model %s is not ready: %w", program, model, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Get returns the body of an answer, which must be one of success.
func (s *Server) Get(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", path, response.Status)
	}
	return io.ReadAll(response.Body)
}

// PID is of the server's process.
func (s *Server) PID() int { return s.command.Process.Pid }

// Signal signals the server's process.
func (s *Server) Signal(sig syscall.Signal) error { return s.command.Process.Signal(sig) }

// Stop ends the server, and returns when it has ended.
func (s *Server) Stop() {
	_ = s.Signal(syscall.SIGTERM)
	<-s.ended
	_ = os.RemoveAll(s.folder)
}
