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
	"sync"
	"time"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/logging"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/nvml"
	"github.com/seed-74198975/rsclip/inference/server"
	"github.com/seed-74198975/rsclip/inference/telemetry"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// serve is `rsclip serve`. What a flag says wins over the configuration file,
// and the file over the default.
func serve(ctx context.Context, args []string, _, stderr io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	modelConfig := flags.String("model-config", os.Getenv(contract.ModelConfigEnv), "model-config.json `file`; none means the defaults (environment: "+contract.ModelConfigEnv+")")
	appConfig := flags.String("app-config", os.Getenv(contract.AppConfigEnv), "app-config.yaml `file`; none means the defaults (environment: "+contract.AppConfigEnv+")")
	dir := flags.String("model", cmp.Or(os.Getenv(contract.ModelPathEnv), contract.ModelFolder), "model `folder` that rsclip export wrote (environment: "+contract.ModelPathEnv+")")
	address := flags.String("address", "", "IP `address` to listen on; none means all")
	port := flags.Int("port", 0, "TCP `port`, instead of server.port")
	device := flags.String("device", "", "cpu, cuda or tensorrt, instead of the model-config file's")
	index := flags.String("index", os.Getenv(contract.IndexPathEnv), "`folder` of an index that rsclip index wrote, for /v1/search (environment: "+contract.IndexPathEnv+")")
	place := engineFlags(flags, "search", "`address` of a search engine that rsclip index -to has filled, for /v1/search (environment: "+contract.SearchURLEnv+")", os.Getenv(contract.SearchURLEnv))
	fallback := flags.Bool("allow-cpu-fallback", false, "start on the CPU if the device is not there")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}

	if place.Address != "" {
		if *index != "" {
			return errors.New("-index and -search are both there: searches are answered by one of them")
		}
		if err := place.Validate(); err != nil {
			return fmt.Errorf("-search: %w", err)
		}
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
	flags.Visit(func(f *flag.Flag) {
		if f.Name == "port" {
			app.Server.Port = *port
		}
	})
	if err := cmp.Or(mc.Validate(), app.Validate()); err != nil {
		return fmt.Errorf("applying flags: %w", err)
	}
	log, err := logging.New(stderr, "rsclip", app.Logging.Level, app.Logging.Format)
	if err != nil {
		return err
	}
	slog.SetDefault(log) // What net/http says of origins that break its rules goes there, too.

	hangup, ignore := hangups() // One that comes while the model loads counts, too.
	defer ignore()
	listeners, err := listen(ctx, log, *address, app.Server)
	if err != nil {
		return err
	}
	if err := model.LoadRuntime(); err != nil {
		return err
	}
	tracer, flush, err := telemetry.NewTracer(ctx, app.Tracing, version)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience(ctx))
		defer cancel()
		_ = flush(ctx)
	}()
	t := telemetry.New(version, tracer)
	if mc.Device != config.CPU {
		if err := t.WatchGPUs(nvml.Driver); err != nil {
			log.Warn("no metrics of the GPU", "reason", err)
		}
	}
	s, err := server.New(app, log, t)
	if err != nil {
		return err
	}

	// The server is alive while the model loads, so that probes can tell the
	// two apart; a model that cannot be loaded ends the process.
	whole := ctx
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	loader := &loader{dir: *dir, index: *index, engine: *place, config: mc, log: log, telemetry: t, server: s, app: app}
	loaded := make(chan error, 1)
	go func() {
		err := loader.load(ctx)
		if err != nil {
			stop()
		}
		loaded <- err
		if err == nil {
			loader.follow(ctx, hangup)
		}
	}()
	served := s.Serve(ctx, listeners)
	stop()
	select {
	case err := <-loaded:
		if err != nil && !errors.Is(err, context.Canceled) {
			return err
		}
		s.Close()
	case <-time.After(patience(whole)):
		// A model that is still being read ends with the process.
	}
	if served != nil {
		return fmt.Errorf("serving: %w", served)
	}
	return nil
}

// patience is how long the end of the process waits for what is no request:
// somebody at a terminal waits with it.
func patience(ctx context.Context) time.Duration {
	if errors.Is(context.Cause(ctx), server.ErrInterrupted) {
		return 200 * time.Millisecond
	}
	return time.Minute
}

// announced is a listener that logs its address when it first accepts.
type announced struct {
	net.Listener
	announce func()
}

func (a announced) Accept() (net.Conn, error) {
	a.announce()
	return a.Listener.Accept()
}

// listen opens the sockets that the settings ask for.
func listen(ctx context.Context, log *slog.Logger, address string, settings config.Server) (l server.Listeners, err error) {
	var sockets net.ListenConfig
	for _, socket := range []struct {
		what string
		port int
		into *net.Listener
	}{{"the API", settings.Port, &l.API}, {"metrics", settings.MetricsPort, &l.Metrics}, {"gRPC", settings.GRPCPort, &l.GRPC}} {
		if socket.port == 0 {
			continue
		}
		listener, err := sockets.Listen(ctx, "tcp", net.JoinHostPort(address, strconv.Itoa(socket.port)))
		if err != nil {
			return l, fmt.Errorf("listening: %w", err)
		}
		*socket.into = announced{listener, sync.OnceFunc(func() { log.Info("listening", "for", socket.what, "address", listener.Addr()) })}
	}
	return l, nil
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
