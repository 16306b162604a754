package server

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
)

// minKey is the fewest characters of a key.
const minKey = 16

// keys are the API keys in force, as hashes of equal length, which can be
// compared in a time that tells nothing.
type keys struct{ file *file[[][sha256.Size]byte] }

func openKeys(path string, log *slog.Logger) (*keys, error) {
	f, err := openFile(path, log, parseKeys)
	if err != nil {
		return nil, err
	}
	return &keys{f}, nil
}

// parseKeys reads one key a line; blank lines and lines that begin with # are
// left out. Its errors do not show a key.
func parseKeys(data []byte) ([][sha256.Size]byte, error) {
	var hashes [][sha256.Size]byte
	for i, line := range bytes.Split(data, []byte("\n")) {
		key := bytes.TrimSpace(line)
		if len(key) == 0 || key[0] == '#' {
			continue
		}
		if len(key) < minKey {
			return nil, fmt.Errorf("the key in line %d has %d characters: use at least %d", i+1, len(key), minKey)
		}
		hashes = append(hashes, sha256.Sum256(key))
	}
	if len(hashes) == 0 {
		return nil, errors.New("there are no keys: write one a line")
	}
	return hashes, nil
}

// check takes the value of an Authorization header.
func (k *keys) check(authorization string) error {
	scheme, key, _ := strings.Cut(authorization, " ")
	given := sha256.Sum256([]byte(strings.TrimSpace(key)))
	found := 0
	for _, h := range k.file.get() {
		found |= subtle.ConstantTimeCompare(given[:], h[:])
	}
	if found == 0 || !strings.EqualFold(scheme, "Bearer") {
		return problem(http.StatusUnauthorized, "unauthorized", `the request carries no key that is in force: send the header "Authorization: Bearer KEY"`)
	}
	return nil
}

// guard lets requests pass that carry a key, where keys are asked for.
func (s *Server) guard(next http.Handler) http.Handler {
	if s.keys == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := s.keys.check(r.Header.Get("Authorization")); err != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			s.fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}
