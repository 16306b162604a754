package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/server"
	"github.com/seed-74198975/rsclip/inference/telemetry"
)

// switchCheck is how often the model folder is looked at: whether the symbolic
// link that it is, or lies behind, leads elsewhere.
const switchCheck = 5 * time.Second

// loader gives a server its model, and another when the folder is switched.
type loader struct {
	dir       string
	config    config.Model
	log       *slog.Logger
	telemetry *telemetry.Telemetry
	server    *server.Server
	app       config.App

	resolved string // where dir led when it was last loaded, or tried
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
	l.log.Info("ready", "model", d.Name, "device", d.Device, "precision", d.Precision, "seconds", time.Since(start).Seconds())
	l.server.SetModel(m)
	l.server.Budget().Resize(boundMemory(l.app, l.log))
	return nil
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
