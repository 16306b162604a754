package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"unicode"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	minKey = 16 // the fewest characters of a key
	// maxKeyNames bounds the names, each of which is a series of the metrics.
	maxKeyNames = 100
	unnamedKey  = "unnamed" // is what a key without a name is called
)

// namedKey is a line that gives its key a name.
var namedKey = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]{0,62}):[ \t]+(.+)$`)

// key is an API key in force, as a hash, which can be compared with others in a
// time that tells nothing.
type key struct {
	name string
	hash [sha256.Size]byte
}

// keys are the API keys in force.
type keys struct {
	file *file[[]key]
	used *prometheus.CounterVec // by name
}

// openKeys reads the file of keys, all of which must be right at first. Later,
// keys that are not in the file, or whose lines are wrong, are in force no more.
func openKeys(path string, log *slog.Logger, used *prometheus.CounterVec) (*keys, error) {
	named := make(map[string]bool)
	f := &file[[]key]{path: path, log: log, parse: func(data []byte) ([]key, error) {
		found, err := parseKeys(data)
		gone := named
		named = make(map[string]bool)
		for _, k := range found {
			named[k.name] = true
			delete(gone, k.name)
			used.WithLabelValues(k.name)
		}
		for name := range gone {
			used.DeleteLabelValues(name)
		}
		return found, err
	}}
	return &keys{f, used}, f.read()
}

// parseKeys reads one key a line, or "NAME: KEY"; blank lines and lines that
// begin with # are left out. It returns the keys of lines that are right, and
// what is wrong with others. A byte order mark, which editors write, is no part of a
// key. Its errors do not show a key.
func parseKeys(data []byte) ([]key, error) {
	var found []key
	var wrong []error
	names := make(map[string]bool)
	for i, line := range bytes.Split(bytes.TrimPrefix(data, []byte("\ufeff")), []byte("\n")) {
		value := bytes.TrimSpace(line)
		if len(value) == 0 || value[0] == '#' {
			continue
		}
		k := key{name: unnamedKey}
		if parts := namedKey.FindSubmatch(value); parts != nil {
			k.name, value = string(parts[1]), parts[2]
		}
		names[k.name] = true
		switch {
		case len(value) < minKey:
			wrong = append(wrong, fmt.Errorf("the key in line %d has %d characters: use at least %d", i+1, len(value), minKey))
			continue
		case bytes.ContainsFunc(value, unicode.IsControl):
			wrong = append(wrong, fmt.Errorf("the key in line %d has a control character, which no header carries: write another, and save the file as UTF-8", i+1))
			continue
		case len(names) > maxKeyNames:
			wrong = append(wrong, fmt.Errorf("the name in line %d is one too many: use at most %d, or one for several keys", i+1, maxKeyNames))
			delete(names, k.name)
			continue
		}
		k.hash = sha256.Sum256(value)
		found = append(found, k)
	}
	if len(found) == 0 {
		wrong = append(wrong, errors.New("there are no keys: write one a line"))
	}
	return found, errors.Join(wrong...)
}

// check takes the value of an Authorization header, and returns the key's name.
func (k *keys) check(authorization string) (name string, err error) {
	given, understood := givenKey(authorization)
	hash := sha256.Sum256([]byte(given))
	inForce, _ := k.file.get()
	found := -1
	for i := range inForce {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(hash[:], inForce[i].hash[:]), i, found)
	}
	if found < 0 || !understood {
		return "", problem(http.StatusUnauthorized, "unauthorized", `the request carries no key that is in force: send the header "Authorization: Bearer KEY"`)
	}
	name = inForce[found].name
	k.used.WithLabelValues(name).Inc()
	return name, nil
}

// givenKey returns the key that a header carries: the token of Bearer, or the
// password of Basic, which clients send that know an address and no header, of
// http://any:KEY@HOST.
func givenKey(authorization string) (key string, understood bool) {
	scheme, given, _ := strings.Cut(authorization, " ")
	given = strings.TrimSpace(given)
	switch {
	case strings.EqualFold(scheme, "Bearer"):
		return given, true
	case strings.EqualFold(scheme, "Basic"):
		pair, err := base64.StdEncoding.DecodeString(given)
		_, password, found := strings.Cut(string(pair), ":")
		return password, err == nil && found
	}
	return "", false
}

// missing says why no key is in force, if none is.
func (k *keys) missing() error {
	if k == nil {
		return nil
	}
	if inForce, err := k.file.get(); len(inForce) == 0 {
		return problem(http.StatusServiceUnavailable, "no_keys", "no API key is in force, so that every call would be refused: %s", strings.ReplaceAll(fmt.Sprint(err), "\n", "; "))
	}
	return nil
}

type keyNameKey struct{}

// withKeyName keeps the name of a request's key for the log.
func withKeyName(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, keyNameKey{}, name)
}

// keyName is empty where no key was asked for.
func keyName(ctx context.Context) string {
	name, _ := ctx.Value(keyNameKey{}).(string)
	return name
}

// guard lets requests pass that carry a key, where keys are asked for.
func (s *Server) guard(next http.Handler) http.Handler {
	if s.keys == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, err := s.keys.check(r.Header.Get("Authorization"))
		if err != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(withKeyName(r.Context(), name)))
	})
}
