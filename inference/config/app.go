package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/seed-74198975/rsclip/inference/logging"
)

// App is app-config.yaml. A zero field takes the default of [DefaultApp].
type App struct {
	Server  Server  `json:"server"`
	Logging Logging `json:"logging"`
	// Fetch says how pictures named by URL are fetched. Defaults to [Fetch]'s own.
	Fetch *Fetch `json:"fetch,omitempty"`
}

// Server configures the HTTP server.
type Server struct {
	// Port is the TCP port of the API, 1 to 65535. Default 8080.
	Port int `json:"port"`
	// Workers is the number of pictures and texts prepared at the same time, 1 to 1024. Default 4.
	Workers int `json:"workers"`
	// DrainSeconds is how long the server answers on, not ready, after SIGTERM
	// and before it stops accepting: the time that load balancers need to look
	// away. 1 to 300; -1 is none. Default 5.
	DrainSeconds int `json:"drain_seconds,omitempty"`
}

// DrainDelay returns the drain delay in force.
func (s Server) DrainDelay() time.Duration {
	switch {
	case s.DrainSeconds < 0:
		return 0
	case s.DrainSeconds == 0:
		return 5 * time.Second
	}
	return time.Duration(s.DrainSeconds) * time.Second
}

// Logging configures the log, which goes to standard error.
type Logging struct {
	// Level is DEBUG, INFO, WARNING, ERROR or CRITICAL. Default INFO.
	Level string `json:"level"`
	// Format is "json", "text", or a format string of Python's logging module.
	// Default "%(asctime)s - %(name)s - %(levelname)s - %(message)s".
	Format string `json:"format"`
}

// Fetch limits the fetching of pictures by URL. Addresses that are not public
// are refused whatever stands here, but for the hosts of AllowedHosts.
type Fetch struct {
	// AllowedHosts are host names, "host" or "host:port", that may resolve to
	// private addresses: in-cluster stores. Default none.
	AllowedHosts []string `json:"allowed_hosts,omitempty"`
	// TimeoutSeconds bounds one fetch, redirects included, 1 to 300. Default 10.
	TimeoutSeconds int `json:"timeout_seconds,omitempty"`
	// MaxBytes bounds the size of one picture's file, 1 to 1 GiB. Default 20 MiB.
	MaxBytes int `json:"max_bytes,omitempty"`
	// MaxRedirects bounds how many redirects one fetch follows, 0 to 10; -1 follows none. Default 3.
	MaxRedirects int `json:"max_redirects,omitempty"`
}

// DefaultApp returns the application configuration of the published deployment.
func DefaultApp() App {
	return App{
		Server:  Server{Port: 8080, Workers: 4},
		Logging: Logging{Level: "INFO", Format: "%(asctime)s - %(name)s - %(levelname)s - %(message)s"},
	}
}

// WithDefaults returns f with every zero field set to its default.
func (f Fetch) WithDefaults() Fetch {
	setDefault(&f.TimeoutSeconds, 10)
	setDefault(&f.MaxBytes, 20<<20)
	setDefault(&f.MaxRedirects, 3)
	return f
}

// WithDefaults returns a with every zero field set to its default. Fetch stays
// nil where it is nil, so that rendering writes only what was asked for.
func (a App) WithDefaults() App {
	d := DefaultApp()
	setDefault(&a.Server.Port, d.Server.Port)
	setDefault(&a.Server.Workers, d.Server.Workers)
	setDefault(&a.Logging.Level, d.Logging.Level)
	setDefault(&a.Logging.Format, d.Logging.Format)
	return a
}

// Fetching returns the fetch limits in force.
func (a App) Fetching() Fetch {
	if a.Fetch == nil {
		return Fetch{}.WithDefaults()
	}
	return a.Fetch.WithDefaults()
}

// Validate reports every field whose value cannot be served, as [FieldErrors].
func (a App) Validate() error {
	var errs FieldErrors
	errs.inRange("server.port", a.Server.Port, 1, 65535)
	errs.inRange("server.workers", a.Server.Workers, 1, 1024)
	errs.inRange("server.drain_seconds", a.Server.DrainSeconds, -1, 300)
	if _, err := logging.ParseLevel(a.Logging.Level); err != nil {
		errs.add("logging.level", a.Logging.Level, strings.Join(logging.Levels(), ", "), "use one of these")
	}
	if err := logging.CheckFormat(a.Logging.Format); err != nil {
		errs.add("logging.format", a.Logging.Format, "json, text or a Python logging format", err.Error())
	}
	if a.Fetch != nil {
		f := a.Fetching()
		errs.inRange("fetch.timeout_seconds", f.TimeoutSeconds, 1, 300)
		errs.inRange("fetch.max_bytes", f.MaxBytes, 1, 1<<30)
		errs.inRange("fetch.max_redirects", f.MaxRedirects, -1, 10)
		for i, h := range f.AllowedHosts {
			if h == "" || strings.ContainsAny(h, "/@?# \t") || slices.Index(f.AllowedHosts, h) != i {
				errs.add(fmt.Sprintf("fetch.allowed_hosts[%d]", i), h, `distinct "host" or "host:port"`, "leave out scheme, path and repetitions")
			}
		}
	}
	return errs.err()
}

// ParseApp reads the bytes of an app-config.yaml: unknown keys, repeated keys,
// wrong types and values out of range are errors that name the key; absent
// keys take their defaults.
func ParseApp(data []byte) (App, error) {
	j, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return App{}, fmt.Errorf("reading application configuration: %w", err)
	}
	var a App
	if err := decodeStrict(j, &a); err != nil {
		return App{}, fmt.Errorf("reading application configuration: %w", err)
	}
	a = a.WithDefaults()
	if err := a.Validate(); err != nil {
		return App{}, fmt.Errorf("reading application configuration: %w", err)
	}
	return a, nil
}

// MarshalApp renders a as app-config.yaml.
func MarshalApp(a App) ([]byte, error) {
	data, err := yaml.Marshal(a)
	if err != nil {
		return nil, fmt.Errorf("rendering application configuration: %w", err)
	}
	return data, nil
}
