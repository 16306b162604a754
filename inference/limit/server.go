package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/prometheus/common/expfmt"
	prometheus "github.com/prometheus/common/model"

	"github.com/seed-74198975/rsclip/inference/model"
)

const (
	port = 18120
	root = "http://127.0.0.1:18120"
)

// settings turn off the cache that would answer for the model.
const settings = "server: {port: %d, drain_seconds: -1, request_timeout_seconds: 600}\nlogging: {level: ERROR}\ncache: {text_mib: -1}\n"

// server is a `rsclip serve` of its own process.
type server struct{ command *exec.Cmd }

// serve starts the program with a model folder, and waits until it is ready.
func serve(ctx context.Context, program, dir, work string) (*server, error) {
	file := filepath.Join(work, "app-config.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, settings, port), 0o600); err != nil {
		return nil, err
	}
	s := &server{exec.CommandContext(ctx, program, "serve", "-address", "127.0.0.1", "-device", "cpu", "-model", dir, "-app-config", file)} //nolint:gosec // The program that its user names.
	s.command.Stderr = os.Stderr
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	for range 1200 {
		if _, err := get(ctx, "/ready"); err == nil {
			return s, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.stop()
	return nil, fmt.Errorf("%s serve -model %s is not ready after two minutes", program, dir)
}

func (s *server) signal(sig syscall.Signal) error { return s.command.Process.Signal(sig) }

func (s *server) stop() {
	_ = s.signal(syscall.SIGTERM)
	_ = s.command.Wait()
}

// cpuTime is the time that the server has kept cores busy, in hundredths of a second.
func (s *server) cpuTime() time.Duration {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.command.Process.Pid))
	// The program's name, in parentheses, may have spaces.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	var ticks time.Duration
	for _, field := range fields[11:13] {
		n, _ := strconv.ParseInt(string(field), 10, 64)
		ticks += time.Duration(n)
	}
	return ticks * time.Second / 100
}

// batches returns the most items that the server has in a run of each tower.
func (s *server) batches(ctx context.Context) (map[model.Tower]int, error) {
	answer, err := get(ctx, "/v1/model")
	if err != nil {
		return nil, err
	}
	var served model.Description
	err = json.Unmarshal(answer, &served)
	return served.BatchSize, err
}

func get(ctx context.Context, path string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, root+path, http.NoBody)
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

// sum is what a histogram of the server has seen.
type sum struct{ count, total float64 }

// seen reads the server's histograms of one tower's stages, by their names, and
// of whole requests, as "request".
func seen(ctx context.Context, tower model.Tower) (map[string]sum, error) {
	page, err := get(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(prometheus.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(page))
	if err != nil {
		return nil, err
	}
	sums := map[string]sum{}
	for _, name := range []string{"rsclip_stage_duration_seconds", "http_request_duration_seconds"} {
		for _, m := range families[name].GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if labels["tower"] == string(tower) || labels["path"] == "/v1/embeddings" {
				sums[cmp.Or(labels["stage"], "request")] = sum{float64(m.GetHistogram().GetSampleCount()), m.GetHistogram().GetSampleSum()}
			}
		}
	}
	return sums, nil
}
