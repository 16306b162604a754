package server_test

import (
	"bytes"
	"cmp"
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/server"
	"github.com/seed-74198975/rsclip/inference/telemetry"
)

// instance is a server that has a model, and what it is made of.
type instance struct {
	*server.Server
	telemetry *telemetry.Telemetry
	log       *log
}

// newServer makes a server with the tiny model, which it closes at the end. Its
// deadline is none that a busy machine could miss.
func newServer(t testing.TB, app config.App, mc config.Model) *instance {
	t.Helper()
	i := &instance{log: new(log)}
	app.Server.RequestTimeoutSeconds = cmp.Or(app.Server.RequestTimeoutSeconds, 600)
	tracer, flush, err := telemetry.NewTracer(t.Context(), app.Tracing, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = flush(context.Background()) })
	if err := model.LoadRuntime(); err != nil {
		t.Fatal(err)
	}
	i.telemetry = telemetry.New("test", tracer)
	i.Server, err = server.New(app.WithDefaults(), slog.New(slog.NewTextHandler(i.log, &slog.HandlerOptions{Level: slog.LevelDebug})), i.telemetry)
	if err != nil {
		t.Fatal(err)
	}
	i.SetModel(openTiny(t, mc, i.telemetry), nil)
	t.Cleanup(i.Close)
	return i
}

// long has -short leave a test out, and says for what it takes.
func long(t *testing.T, what string) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short leaves out " + what)
	}
}

// log may be read while the server writes to it.
type log struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.String()
}

func openTiny(t testing.TB, mc config.Model, tel *telemetry.Telemetry) *model.Model {
	t.Helper()
	dir, err := tinyFolder()
	if err != nil {
		t.Fatal(err)
	}
	return openFolder(t, dir, mc, tel)
}

func openFolder(t testing.TB, dir string, mc config.Model, tel *telemetry.Telemetry) *model.Model {
	t.Helper()
	mc = mc.WithDefaults()
	mc.Device = config.CPU
	m, err := model.Open(dir, mc, tel.Batch)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.WarmUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

// start serves the tiny model over real HTTP and returns the base URL.
func start(t *testing.T, app config.App) string {
	t.Helper()
	return serve(t, newServer(t, app, config.Model{}))
}

func serve(t *testing.T, i *instance) string {
	t.Helper()
	h := httptest.NewServer(i.Handler())
	t.Cleanup(h.Close)
	return h.URL
}

// logged counts the lines of the log that have some words.
func (i *instance) logged(words string) int { return strings.Count(i.log.String(), words) }
