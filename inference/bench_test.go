package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// benched runs `rsclip bench`, and returns its report.
func benched(t *testing.T, ctx context.Context, args ...string) (report benchReport, table string) { //nolint:revive // The test's own context is often not the load's.
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	var stdout, stderr bytes.Buffer
	if status := run(ctx, append([]string{"bench", "-json", file, "-warm-up", "0s"}, args...), &stdout, &stderr); status != 0 {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	return report, stdout.String()
}

// TestBenchSeesStalls has a server that stalls on every tenth request, and
// refuses every eighth.
func TestBenchSeesStalls(t *testing.T) {
	t.Parallel()
	var seen atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch n := seen.Add(1); {
		case n%8 == 0:
			w.WriteHeader(http.StatusServiceUnavailable)
		case n%10 == 1:
			time.Sleep(10 * time.Millisecond)
		}
		_, _ = w.Write([]byte("{}"))
	}))
	t.Cleanup(server.Close)
	r, table := benched(t, t.Context(), "-url", server.URL, "-protocol", "v2", "-model", "m", "-items", "3",
		"-rate", "1000", "-arrivals", "constant", "-requests", "400", "-duration", "1m")
	if seen.Load() != 400 || r.Requests != 400 || r.Outcomes["ok"] != 350 || r.Outcomes["status 503"] != 50 {
		t.Errorf("the server saw %d requests, the report has %+v", seen.Load(), r.Report)
	}
	// A stall is at least that long, whatever else the machine does.
	if r.Latency.P90 < 10 || r.Latency.Max < r.Latency.P99 {
		t.Errorf("40 of 350 took 10 ms, and the report has %+v", r.Latency)
	}
	if r.Items != 3 || r.ItemsPerSecond != 3*r.PerSecond || r.URL != server.URL || !strings.Contains(table, "a second, 3 of a request") {
		t.Errorf("%+v\n%s", r, table)
	}
}

// TestBenchInterrupted ends a load by what a signal ends: the report is of what
// was answered until then.
func TestBenchInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	var seen atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A server sees that its caller has left once it has read the request.
		_, _ = io.Copy(io.Discard, r.Body)
		if seen.Add(1) > 20 {
			interrupt()
			<-r.Context().Done()
		}
		_, _ = w.Write([]byte("{}"))
	}))
	t.Cleanup(server.Close)
	r, table := benched(t, ctx, "-url", server.URL, "-protocol", "openai", "-model", "m", "-clients", "1", "-duration", "1h")
	if r.Requests != 20 || r.Outcomes["ok"] != 20 || !strings.Contains(table, "requests") {
		t.Errorf("%+v\n%s", r.Report, table)
	}
}
