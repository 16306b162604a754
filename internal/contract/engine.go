package contract

import (
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
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
	// HasPassword tells whether a password or a key stands in it.
	HasPassword bool
}

// EngineHost is one node of a search engine.
type EngineHost struct {
	Name string // in lower case, or an IP address
	Port int
}

// EngineError says what of the address of a search engine is wrong. It does not repeat
// the address, which may have a password.
type EngineError struct {
	Allowed, Mend string
}

func (e *EngineError) Error() string {
	return "the address of the search engine must be " + e.Allowed + ": " + e.Mend
}

// Schemes of search engines.
const (
	WeaviateScheme      = "weaviate"
	WeaviateHTTPSScheme = "weaviates"
)

// enginePorts are the ports of addresses that name none, by the scheme.
var enginePorts = map[string]int{WeaviateScheme: 8080, WeaviateHTTPSScheme: 443, "postgres": 5432, "postgresql": 5432}

// postgresChoices are settings of a PostgreSQL of which few values are taken.
var postgresChoices = map[string][]string{
	"sslmode":              {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
	"target_session_attrs": {"any", "read-write", "read-only", "primary", "standby", "prefer-standby"},
}

// hostLabels are a name of DNS. Compose and the like have names with '_'.
var hostLabels = regexp.MustCompile(`^[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?(\.[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?)*\.?$`)

// longestHost is the longest name in DNS.
const longestHost = 253

// IsWeaviate tells a Weaviate from a PostgreSQL.
func (e Engine) IsWeaviate() bool {
	return e.Scheme == WeaviateScheme || e.Scheme == WeaviateHTTPSScheme
}

// ParseEngine reads weaviate://HOST[:PORT], with more hosts behind commas, weaviates://
// for HTTPS, or postgres://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE][?SETTINGS]. Errors
// are of [EngineError]; what has been read until then comes with them.
func ParseEngine(address string) (Engine, error) {
	scheme, rest, found := strings.Cut(address, "://")
	port, known := enginePorts[scheme]
	if !found || !known {
		mend := `write it like "weaviate://git-rscilp-weaviate"`
		if lower := strings.ToLower(scheme); enginePorts[lower] != 0 {
			mend = "write " + lower + ":// in lower case"
		}
		return Engine{}, &EngineError{"one that begins with weaviate://, weaviates:// or postgres://", mend}
	}
	e := Engine{Scheme: scheme}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	hosts, behind := rest[:end], rest[end:]
	at := strings.LastIndexByte(rest, '@')
	if e.IsWeaviate() {
		switch e.HasPassword = at >= 0; {
		case e.HasPassword:
			return e, &EngineError{"one without a key or user", "take out what stands before the '@', and give the key by " + SearchKeyEnv}
		case behind != "" && behind != "/":
			return e, &EngineError{"hosts alone, without a path or query", "leave out what stands behind the hosts"}
		}
	} else {
		hosts = hosts[strings.LastIndexByte(hosts, '@')+1:]
	}
	if hosts != "" || e.IsWeaviate() {
		for text := range strings.SplitSeq(hosts, ",") {
			host, err := engineHost(text, port)
			if err != nil {
				return e, err
			}
			e.Hosts = append(e.Hosts, host)
		}
	}
	if e.IsWeaviate() {
		return e, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return e, &EngineError{"one that can be read", "write postgres://USER@HOST/DATABASE, with %XX for what is not a letter or digit of the user, the password and the database"}
	}
	e.Settings = u.Query()
	_, e.HasPassword = u.User.Password()
	e.HasPassword = e.HasPassword || e.Settings.Has("password") || e.Settings.Has("sslpassword")
	return e, e.checkSettings()
}

// checkSettings refuses values of settings with which no PostgreSQL is asked.
func (e Engine) checkSettings() error {
	for _, name := range slices.Sorted(maps.Keys(postgresChoices)) {
		choices := postgresChoices[name]
		if e.Settings.Has(name) && !slices.Contains(choices, e.Settings.Get(name)) {
			return &EngineError{"one with " + name + " of " + strings.Join(choices, ", "), "write one of these, or leave " + name + " out"}
		}
	}
	return nil
}

// engineHost reads HOST or HOST:PORT.
func engineHost(text string, port int) (EngineHost, error) {
	brackets := &EngineError{"one with IPv6 addresses in brackets", `write them like "[fd00::1]:8080", without a zone`}
	name, digits, _ := strings.Cut(text, ":")
	name = strings.ToLower(name)
	if inside, ok := strings.CutPrefix(text, "["); ok {
		address, behind, closed := strings.Cut(inside, "]")
		ip, err := netip.ParseAddr(address)
		if !closed || err != nil || !ip.Is6() || ip.Zone() != "" || behind != "" && behind[0] != ':' {
			return EngineHost{}, brackets
		}
		name, digits = ip.Unmap().String(), strings.TrimPrefix(behind, ":")
	} else if strings.Contains(digits, ":") {
		if _, err := netip.ParseAddr(text); err == nil {
			return EngineHost{}, brackets
		}
		return EngineHost{}, &EngineError{"one with at most one port for each host", "write HOST:PORT, with more hosts behind commas"}
	} else if !isHost(name) {
		return EngineHost{}, &EngineError{"one with names of hosts or IP addresses", "write HOST or HOST:PORT, with more behind commas"}
	}
	if digits != "" {
		number, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || number == 0 {
			return EngineHost{}, &EngineError{"one with ports of 1 to 65535", "write HOST:PORT, or leave the port out for " + strconv.Itoa(port)}
		}
		port = int(number)
	}
	return EngineHost{name, port}, nil
}

// isHost tells whether DNS can have a name, or an IPv4 address is one: what ends in a
// number is no name.
func isHost(name string) bool {
	if len(name) > longestHost || !hostLabels.MatchString(name) {
		return false
	}
	last := strings.TrimSuffix(name, ".")
	last = last[strings.LastIndexByte(last, '.')+1:]
	if strings.Trim(last, "0123456789") != "" {
		return true
	}
	_, err := netip.ParseAddr(name)
	return err == nil
}
