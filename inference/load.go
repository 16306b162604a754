package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/engine"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/server"
	"github.com/seed-74198975/rsclip/inference/telemetry"
)

// switchCheck is how often the model folder is looked at: whether the symbolic
// link that it is, or lies behind, leads elsewhere.
const switchCheck = 5 * time.Second

// loader gives a server its model, and another when the folder is switched.
type loader struct {
	dir       string
	index     string // folder of an index, none if empty
	engine    engine.Place
	config    config.Model
	log       *slog.Logger
	telemetry *telemetry.Telemetry
	server    *server.Server
	app       config.App

	indexed  []search.File // of the index that is served
	model    *model.Model  // that is served
	resolved string        // where dir led when it was last loaded, or tried
}

// load opens the model, reports what it is, warms it up and hands it over. The
// model before it serves until then, and stays where load fails.
func (l *loader) load(ctx context.Context) error {
	start := time.Now()
	resolved, err := filepath.EvalSymlinks(l.dir)
	if err != nil {
		resolved = l.dir // Open says what is missing.
	}
	l.resolved = resolved
	m, err := model.Open(resolved, l.config, l.telemetry.Batch)
	if err != nil {
		return err
	}
	d := m.Description()
	for _, a := range d.Adjustments {
		if a.Setting == "precision" && d.Device != config.CPU {
			l.log.Warn(fmt.Sprintf("THE MODEL IS %s AND NOT %s, and this is what the GPU runs", d.Precision, a.Asked), "reason", a.Reason)
			continue
		}
		l.log.Warn("configuration adjusted to the model", "setting", a.Setting, "asked", a.Asked, "in_force", a.InForce, "reason", a.Reason)
	}
	if err := m.WarmUp(ctx); err != nil {
		m.Close()
		return err
	}
	x, err := l.openSearch(ctx, m)
	if err != nil {
		m.Close()
		return err
	}
	l.log.Info("ready", "model", d.Name, "device", d.Device, "precision", d.Precision, "seconds", time.Since(start).Seconds())
	l.server.SetModel(m, x)
	l.model = m
	boundMemory(l.server.Budget(), l.app, l.log)
	return nil
}

// openSearch opens what answers searches beside a model; nil for nothing.
func (l *loader) openSearch(ctx context.Context, m *model.Model) (search.Engine, error) {
	if l.engine.Address != "" {
		return l.openEngine(ctx, m)
	}
	if l.index == "" {
		return nil, nil
	}
	return l.openIndex(m)
}

// engineCheck is how long the start waits for a search engine.
const engineCheck = 5 * time.Second

// openEngine opens the search engine. One that does not answer, or has no tiles yet, is
// asked again by each search, and the server answers all else meanwhile.
func (l *loader) openEngine(ctx context.Context, m *model.Model) (search.Engine, error) {
	e, err := l.engine.Open(m.SHA256())
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, engineCheck)
	defer cancel()
	var failed *search.EngineError
	switch err := e.Check(ctx, m.SHA256()); {
	case errors.As(err, &failed) || ctx.Err() != nil:
		l.log.Warn("the search engine does not answer; searches try it again", "err", err)
	case err != nil:
		return nil, errors.Join(fmt.Errorf("opening the search engine: %w", err), e.Close())
	}
	return e, nil
}

// openIndex opens the index that is served beside a model.
func (l *loader) openIndex(m *model.Model) (*search.Index, error) {
	start := time.Now()
	x, err := search.Open(l.index, m.SHA256())
	if err != nil {
		return nil, err
	}
	l.indexed = x.Files()
	l.log.Info("index opened", "folder", l.index, "tiles", x.Len(), "seconds", time.Since(start).Seconds())
	return x, nil
}

// followIndex opens the index anew if there are other files than were opened.
func (l *loader) followIndex() {
	if l.index == "" {
		return
	}
	if files, err := search.Files(l.index); err == nil && slices.Equal(files, l.indexed) {
		return
	}
	x, err := l.openIndex(l.model)
	if err != nil {
		l.telemetry.Reindexes.WithLabelValues("failed").Inc()
		l.log.Error("the index has changed and cannot be opened; the one before it serves on", "err", err)
		return
	}
	l.telemetry.Reindexes.WithLabelValues("ok").Inc()
	l.server.SetIndex(x)
}

// hangups are the SIGHUPs from now on, of which none ends the process any more.
func hangups() (signals chan os.Signal, stop func()) {
	signals = make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return signals, func() { signal.Stop(signals) }
}

// follow loads the model anew when its folder is switched, or on a hangup, until
// ctx ends.
func (l *loader) follow(ctx context.Context, hangup <-chan os.Signal) {
	tick := time.NewTicker(switchCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
		case <-tick.C:
			// A link that leads nowhere for a moment is being switched.
			if resolved, err := filepath.EvalSymlinks(l.dir); err != nil || resolved == l.resolved {
				l.followIndex()
				continue
			}
		}
		if err := l.load(ctx); err != nil {
			l.telemetry.Reloads.WithLabelValues("failed").Inc()
			l.log.Error("the model folder cannot be loaded, the model before it serves on", "folder", l.dir, "err", err)
			continue
		}
		l.telemetry.Reloads.WithLabelValues("ok").Inc()
	}
}
