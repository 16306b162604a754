package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/logging"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/server"
)

// serve is `rsclip serve`. What a flag says wins over the configuration file,
// and the file over the default.
func serve(ctx context.Context, args []string, _, stderr io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	modelConfig := flags.String("model-config", os.Getenv("MODEL_CONFIG_PATH"), "model-config.json `file`; none means the defaults (environment: MODEL_CONFIG_PATH)")
	appConfig := flags.String("app-config", os.Getenv("APP_CONFIG_PATH"), "app-config.yaml `file`; none means the defaults (environment: APP_CONFIG_PATH)")
	dir := flags.String("model", cmp.Or(os.Getenv("MODEL_PATH"), "/app/model"), "model `folder` that rsclip export wrote (environment: MODEL_PATH)")
	address := flags.String("address", "", "IP `address` to listen on; none means all")
	port := flags.Int("port", 0, "TCP port, instead of server.port")
	device := flags.String("device", "", "cpu, cuda or tensorrt, instead of device")
	fallback := flags.Bool("allow-cpu-fallback", false, "start on the CPU where the device cannot be had")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}

	mc, err := readConfig(*modelConfig, config.DefaultModel(), config.ParseModel)
	if err != nil {
		return err
	}
	app, err := readConfig(*appConfig, config.DefaultApp(), config.ParseApp)
	if err != nil {
		return err
	}
	mc.Device = cmp.Or(config.Device(*device), mc.Device)
	mc.AllowCPUFallback = mc.AllowCPUFallback || *fallback
	app.Server.Port = cmp.Or(*port, app.Server.Port)
	if err := cmp.Or(mc.Validate(), app.Validate()); err != nil {
		return fmt.Errorf("applying flags: %w", err)
	}
	log, err := logging.New(stderr, "rsclip", app.Logging.Level, app.Logging.Format)
	if err != nil {
		return err
	}

	var sockets net.ListenConfig
	listener, err := sockets.Listen(ctx, "tcp", net.JoinHostPort(*address, strconv.Itoa(app.Server.Port)))
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	log.Info("listening", "address", listener.Addr())

	// The server is alive while the model loads, so that probes can tell the
	// two apart; a model that cannot be loaded ends the process.
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s := server.New(app, log)
	var m *model.Model
	loaded := make(chan error, 1)
	go func() {
		var err error
		if m, err = load(ctx, *dir, mc, log); err != nil {
			stop()
		} else {
			s.SetModel(m)
		}
		loaded <- err
	}()
	served := s.Serve(ctx, listener)
	stop()
	if err := <-loaded; err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if m != nil {
		m.Close()
	}
	if served != nil {
		return fmt.Errorf("serving: %w", served)
	}
	return nil
}

// load opens the model, reports what it is, and warms it up.
func load(ctx context.Context, dir string, mc config.Model, log *slog.Logger) (*model.Model, error) {
	start := time.Now()
	m, err := model.Open(dir, mc)
	if err != nil {
		return nil, err
	}
	d := m.Description()
	for _, a := range d.Adjustments {
		log.Warn("configuration adjusted to the model", "setting", a.Setting, "asked", a.Asked, "in_force", a.InForce, "reason", a.Reason)
	}
	if err := m.WarmUp(ctx); err != nil {
		m.Close()
		return nil, err
	}
	log.Info("ready", "model", d.Name, "device", d.Device, "precision", d.Precision, "seconds", time.Since(start).Seconds())
	return m, nil
}

// readConfig parses the file at path, or returns the default where path is "".
func readConfig[T any](path string, fallback T, parse func([]byte) (T, error)) (T, error) {
	if path == "" {
		return fallback, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fallback, fmt.Errorf("reading configuration: %w", err)
	}
	c, err := parse(data)
	if err != nil {
		return fallback, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}
