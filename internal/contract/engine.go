package contract

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Collection is the form of the name of an engine's collection or table.
var Collection = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,40}$`)

// Engine is the address of a search engine, read.
type Engine struct {
	Scheme string
	// Hosts are its nodes. PostgreSQL may have none, and takes them from the environment.
	Hosts []EngineHost
	// Settings are those of a PostgreSQL behind the question mark.
	Settings url.Values
	// HasPassword tells whether a password stands in it.
	HasPassword bool
}

// EngineHost is one node of a search engine.
type EngineHost struct {
	Name string // or an IP address
	Port int
}

// Schemes of search engines.
const (
	WeaviateScheme      = "weaviate"
	WeaviateHTTPSScheme = "weaviates"
)

// enginePorts are the ports of addresses that name none, by the scheme.
var enginePorts = map[string]int{WeaviateScheme: 8080, WeaviateHTTPSScheme: 443, "postgres": 5432, "postgresql": 5432}

// IsWeaviate tells a Weaviate from a PostgreSQL.
func (e Engine) IsWeaviate() bool {
	return e.Scheme == WeaviateScheme || e.Scheme == WeaviateHTTPSScheme
}

// ParseEngine reads weaviate://HOST[:PORT], with more hosts behind commas, weaviates://
// for HTTPS, or postgres://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE][?SETTINGS]. Errors
// do not repeat the address, which may have a password.
func ParseEngine(address string) (Engine, error) {
	scheme, rest, found := strings.Cut(address, "://")
	port, known := enginePorts[scheme]
	if !found || !known {
		return Engine{}, errors.New("the address of the search engine begins with none of weaviate://, weaviates:// and postgres://")
	}
	e := Engine{Scheme: scheme}
	hosts := strings.TrimSuffix(rest, "/")
	if !e.IsWeaviate() {
		u, err := url.Parse(address)
		if err != nil {
			return e, errors.New("the address of the PostgreSQL cannot be read: write postgres://USER@HOST/DATABASE")
		}
		hosts, e.Settings = u.Host, u.Query()
		_, e.HasPassword = u.User.Password()
		e.HasPassword = e.HasPassword || e.Settings.Has("password")
		if hosts == "" {
			return e, nil
		}
	}
	for text := range strings.SplitSeq(hosts, ",") {
		host, err := engineHost(text, port)
		if err != nil {
			return e, fmt.Errorf("%s:// is not followed by hosts: write HOST or HOST:PORT, with more behind commas, and no key or path", scheme)
		}
		e.Hosts = append(e.Hosts, host)
	}
	return e, nil
}

func engineHost(text string, port int) (EngineHost, error) {
	u, err := url.Parse("//" + text)
	if err != nil {
		return EngineHost{}, err
	}
	if u.Hostname() == "" || u.Host != text {
		return EngineHost{}, errors.New("no host")
	}
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			return EngineHost{}, errors.New("no port")
		}
	}
	return EngineHost{u.Hostname(), port}, nil
}
