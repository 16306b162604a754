package config

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/seed-74198975/rsclip/inference/logging"
	"github.com/seed-74198975/rsclip/internal/strictyaml"
)

// App is app-config.yaml. A zero field takes the default of [DefaultApp].
type App struct {
	// Server is where and how the server answers.
	Server Server `json:"server"`
	// Logging is what the server writes down.
	Logging Logging `json:"logging"`
	// Fetch says how pictures named by URL are fetched. Defaults to [Fetch]'s own.
	Fetch *Fetch `json:"fetch,omitempty"`
	// Cache says what is kept between requests. Defaults to [Cache]'s own.
	Cache *Cache `json:"cache,omitempty"`
	// Tracing sends OpenTelemetry traces. Default: none.
	Tracing *Tracing `json:"tracing,omitempty"`
}

// Cache bounds the memory of the caches.
type Cache struct {
	// TextMiB bounds the embeddings of texts, 1 to 65536 MiB; -1 keeps none.
	// Default 64, or a sixteenth of the memory.
	TextMiB int `json:"text_mib,omitempty"`
	// ImageMiB bounds the embeddings of pictures, by the SHA-256 of their
	// files, 1 to 65536 MiB. Default: none are kept.
	ImageMiB int `json:"image_mib,omitempty"`
	// URLMiB bounds the files of pictures that were fetched, for as long as
	// their origins allow, and then where an origin says that they have not
	// changed, 1 to 65536 MiB; -1 keeps none. A file takes an eighth at most.
	// Default 32, or a sixteenth of the memory.
	URLMiB int `json:"url_mib,omitempty"`
}

// Tracing configures traces, which are sent over OTLP in HTTP.
type Tracing struct {
	// Endpoint is the collector's URL, such as http://collector:4318. Required.
	Endpoint string `json:"endpoint"`
	// SampleRatio is the part of the requests that is traced, but for those whose
	// callers ask for no trace, above 0 to 1. Default 1.
	SampleRatio float64 `json:"sample_ratio,omitempty"`
	// TrustCallers traces every request whose caller asks for it by its header
	// traceparent, whatever SampleRatio says. Default false.
	TrustCallers bool `json:"trust_callers,omitempty"`
}

// Caching returns the bounds of the caches in force, on a machine of so many
// bytes of memory, of which a default takes a sixteenth at most; 0 is no cache.
func (a App) Caching(memory int64) Cache {
	var c Cache
	if a.Cache != nil {
		c = *a.Cache
	}
	most := int(memory >> 24) // A sixteenth, in MiB.
	return Cache{TextMiB: max(0, cmp.Or(c.TextMiB, min(64, most))), ImageMiB: c.ImageMiB, URLMiB: max(0, cmp.Or(c.URLMiB, min(32, most)))}
}

// Bytes returns what the caches may hold together.
func (c Cache) Bytes() int64 { return int64(c.TextMiB+c.ImageMiB+c.URLMiB) << 20 }

// Server configures the HTTP server.
type Server struct {
	// Port is the TCP port of the API, 1 to 65535. Default 8080.
	Port int `json:"port"`
	// Workers is the number of texts prepared at the same time, and of pictures,
	// 1 to 1024. Pictures that take long have half as many places as there are
	// cores besides. Default 4.
	Workers int `json:"workers"`
	// DrainSeconds is how long the server answers on, not ready, after SIGTERM
	// and before it stops accepting: the time that load balancers need to look
	// away. 1 to 300; -1 is none. Default 5.
	DrainSeconds int `json:"drain_seconds,omitempty"`
	// MetricsPort is a TCP port of its own for /metrics, without keys or TLS,
	// beside /health and /ready, which answer on both. Default: the API's port.
	MetricsPort int `json:"metrics_port,omitempty"`
	// GRPCPort is the TCP port of the Open Inference Protocol over gRPC.
	// Default: none, the protocol is served over HTTP only.
	GRPCPort int `json:"grpc_port,omitempty"`
	// RequestTimeoutSeconds is the deadline of a request that names none, and
	// the most that one may name, 1 to 600. Default 30.
	RequestTimeoutSeconds int `json:"request_timeout_seconds,omitempty"`
	// MaxBodyBytes bounds the body of a request, 1 KiB to 1 GiB. Default 32 MiB.
	MaxBodyBytes int `json:"max_body_bytes,omitempty"`
	// MaxBodiesBytes bounds what the bodies of all requests under way over HTTP
	// have brought together, and what all calls under way over gRPC have,
	// MaxBodyBytes to 1 TiB. Default 16 times MaxBodyBytes.
	MaxBodiesBytes int `json:"max_bodies_bytes,omitempty"`
	// MemoryMiB is the memory that the process may take, of which requests get
	// what the model and the caches leave, 64 to 16777216 MiB. Default: the
	// container's limit, or without one half of the machine's memory.
	MemoryMiB int `json:"memory_mib,omitempty"`
	// OverloadSeconds is how long requests may be refused for want of room
	// before the server is not ready, 1 to 3600; -1 never. Default never: a
	// server does not know whether others have room, and an overload of all of
	// them would leave none that is ready.
	OverloadSeconds int `json:"overload_seconds,omitempty"`
	// WatchdogSeconds is how long one run of the model may take before the
	// server is not alive, 1 to 3600; -1 is for ever. Default 60.
	WatchdogSeconds int `json:"watchdog_seconds,omitempty"`
	// APIKeysFile is a file of keys, one a line, of which each request must
	// carry one. It is read again when it changes. Default: no keys.
	APIKeysFile string `json:"api_keys_file,omitempty"`
	// CORSOrigins are the origins of pages, such as https://maps.example, whose
	// scripts may call the API in a browser and read its answers; "*" is all.
	// Default: none.
	CORSOrigins []string `json:"cors_origins,omitempty"`
	// TLS serves HTTPS. Default: plain HTTP.
	TLS *TLS `json:"tls,omitempty"`
}

// TLS names the files, in PEM, of a certificate chain and its key. They are
// read again when they change.
type TLS struct {
	// CertFile is the certificate's, with those of the authorities between. Required.
	CertFile string `json:"cert_file"`
	// KeyFile is the key's. Required.
	KeyFile string `json:"key_file"`
}

// DrainDelay returns the drain delay in force.
func (s Server) DrainDelay() time.Duration { return durationOf(s.DrainSeconds, 5, time.Second) }

// RequestTimeout returns the default and greatest deadline in force.
func (s Server) RequestTimeout() time.Duration {
	return durationOf(s.RequestTimeoutSeconds, 30, time.Second)
}

// MaxBody returns the bound of a body in force, in bytes.
func (s Server) MaxBody() int64 { return int64(cmp.Or(s.MaxBodyBytes, 32<<20)) }

// MaxBodies returns the bound of all bodies in force, in bytes.
func (s Server) MaxBodies() int64 { return cmp.Or(int64(s.MaxBodiesBytes), 16*s.MaxBody()) }

// Memory returns the memory that was asked for, in bytes; 0 is the container's.
func (s Server) Memory() int64 { return int64(s.MemoryMiB) << 20 }

// OverloadLimit returns how long an overload may last; 0 is for ever.
func (s Server) OverloadLimit() time.Duration { return durationOf(s.OverloadSeconds, 0, time.Second) }

// WatchdogLimit returns how long a run may last; 0 is for ever.
func (s Server) WatchdogLimit() time.Duration { return durationOf(s.WatchdogSeconds, 60, time.Second) }

// durationOf is a number of units, where 0 means the default and less means none.
func durationOf(n, byDefault int, unit time.Duration) time.Duration {
	return time.Duration(max(0, cmp.Or(n, byDefault))) * unit
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
	// PrivateRanges are further addresses that are not public, in CIDR notation:
	// those of a cluster's pods, services and nodes that the Internet could route,
	// as on most clusters with IPv6. Default none.
	PrivateRanges []string `json:"private_ranges,omitempty"`
	// TimeoutSeconds bounds one fetch, redirects included, 1 to 300. Default 10.
	TimeoutSeconds int `json:"timeout_seconds,omitempty"`
	// MaxBytes bounds the size of one picture's file, 1 to 1 GiB. Default 20 MiB.
	MaxBytes int `json:"max_bytes,omitempty"`
	// MaxRedirects bounds how many redirects one fetch follows, 1 to 10; -1 follows none. Default 3.
	MaxRedirects int `json:"max_redirects,omitempty"`
	// MaxConcurrent bounds the fetches under way at the same time, 1 to 10000;
	// others wait. Default 64.
	MaxConcurrent int `json:"max_concurrent,omitempty"`
	// MaxConcurrentPerHost bounds those from one address, or one network of 64
	// bits of IPv6, whatever its names and ports, 1 to 10000. Default 16.
	MaxConcurrentPerHost int `json:"max_concurrent_per_host,omitempty"`
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
	setDefault(&f.MaxConcurrent, 64)
	setDefault(&f.MaxConcurrentPerHost, 16)
	return f
}

// Private returns PrivateRanges, which must be valid.
func (f Fetch) Private() []netip.Prefix {
	ranges := make([]netip.Prefix, len(f.PrivateRanges))
	for i, r := range f.PrivateRanges {
		ranges[i] = netip.MustParsePrefix(r)
	}
	return ranges
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
	s := a.Server
	errs.inRangeOr("server.drain_seconds", s.DrainSeconds, 1, 300, -1)
	errs.inRangeOr("server.metrics_port", s.MetricsPort, 1, 65535)
	errs.inRangeOr("server.grpc_port", s.GRPCPort, 1, 65535)
	if s.MetricsPort == s.Port {
		errs.add("server.metrics_port", s.MetricsPort, "another port than server.port", "leave it out to serve metrics on the API's port")
	}
	if p := s.GRPCPort; p != 0 && (p == s.Port || p == s.MetricsPort) {
		errs.add("server.grpc_port", p, "another port than server.port and server.metrics_port", "leave it out to serve no gRPC")
	}
	errs.inRangeOr("server.request_timeout_seconds", s.RequestTimeoutSeconds, 1, 600)
	errs.inRangeOr("server.max_body_bytes", s.MaxBodyBytes, 1<<10, 1<<30)
	errs.inRangeOr("server.max_bodies_bytes", s.MaxBodiesBytes, int(s.MaxBody()), 1<<40)
	errs.inRangeOr("server.memory_mib", s.MemoryMiB, 64, 1<<24)
	errs.inRangeOr("server.overload_seconds", s.OverloadSeconds, 1, 3600, -1)
	errs.inRangeOr("server.watchdog_seconds", s.WatchdogSeconds, 1, 3600, -1)
	for i, origin := range s.CORSOrigins {
		if !isOrigin(origin) || slices.Index(s.CORSOrigins, origin) != i {
			errs.add(fmt.Sprintf("server.cors_origins[%d]", i), origin, `distinct "https://host", "http://host:port" or "*"`, "write scheme, host and port only, in lower case")
		}
	}
	if t := s.TLS; t != nil && (t.CertFile == "" || t.KeyFile == "") {
		errs.add("server.tls", "incomplete", "cert_file and key_file", "name both files")
	}
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
		errs.inRangeOr("fetch.max_redirects", f.MaxRedirects, 1, 10, -1)
		errs.inRange("fetch.max_concurrent", f.MaxConcurrent, 1, 10_000)
		errs.inRange("fetch.max_concurrent_per_host", f.MaxConcurrentPerHost, 1, 10_000)
		for i, h := range f.AllowedHosts {
			if h == "" || strings.ContainsAny(h, "/@?# \t") || slices.Index(f.AllowedHosts, h) != i {
				errs.add(fmt.Sprintf("fetch.allowed_hosts[%d]", i), h, `distinct "host" or "host:port"`, "leave out scheme, path and repetitions")
			}
		}
	}
	if a.Fetch != nil {
		for i, r := range a.Fetch.PrivateRanges {
			if p, err := netip.ParsePrefix(r); err != nil || p.Masked().String() != r {
				errs.add(fmt.Sprintf("fetch.private_ranges[%d]", i), r, "a range's first address and its length", `write it like "2600:1f14::/36", or "203.0.113.7/32" for one address`)
			}
		}
	}
	if c := a.Cache; c != nil {
		errs.inRangeOr("cache.text_mib", c.TextMiB, 1, 1<<16, -1)
		errs.inRange("cache.image_mib", c.ImageMiB, 0, 1<<16)
		errs.inRangeOr("cache.url_mib", c.URLMiB, 1, 1<<16, -1)
	}
	if t := a.Tracing; t != nil {
		if u, err := url.Parse(t.Endpoint); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			errs.add("tracing.endpoint", t.Endpoint, "an http or https URL", "name the collector, such as http://collector:4318")
		}
		if !(t.SampleRatio >= 0 && t.SampleRatio <= 1) {
			errs.add("tracing.sample_ratio", t.SampleRatio, "0 to 1", "choose a value in that range")
		}
	}
	return errs.err()
}

// isOrigin says whether a string is an origin as browsers send it, or all.
func isOrigin(s string) bool {
	if s == "*" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && s == strings.ToLower(u.Scheme+"://"+u.Host)
}

// ParseApp reads the bytes of an app-config.yaml: unknown keys, repeated keys,
// wrong types and values out of range are errors that name the line and the key;
// absent keys take their defaults, and no key may be there for a zero value.
func ParseApp(data []byte) (App, error) {
	var a App
	lines, err := strictyaml.Decode(data, &a)
	if err == nil {
		a = a.WithDefaults()
		err = located(a.Validate(), lines)
	}
	if err != nil {
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
