package download

import (
	"net/http"
	"slices"
	"testing"
)

// TestWhatARedirectLearns has redirects from https://hub.example. Only the same
// origin learns the token, and none where it was sent from.
func TestWhatARedirectLearns(t *testing.T) {
	t.Parallel()
	request := func(address string) *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer secret")
		r.Header.Set("Referer", "https://hub.example/signed")
		return r
	}
	const hub, other = "https://hub.example/file", "https://store.example/file"
	for _, tt := range []struct {
		name, to string
		via      []string
		token    bool
		refused  bool
	}{
		{"the same origin", "https://hub.example/there", []string{hub}, true, false},
		{"another host", other, []string{hub}, false, false},
		{"another port", "https://hub.example:8443/file", []string{hub}, false, false},
		{"another scheme", "http://hub.example/file", []string{hub}, false, false},
		{"back again", hub, []string{hub, other}, true, false},
		{"from another to itself", other, []string{hub, other}, false, false},
		{"the tenth", hub, slices.Repeat([]string{hub}, 10), true, false},
		{"the eleventh", hub, slices.Repeat([]string{hub}, 11), true, true},
	} {
		var via []*http.Request
		for _, address := range tt.via {
			via = append(via, request(address))
		}
		next := request(tt.to)
		if err := keepSecrets(next, via); (err != nil) != tt.refused {
			t.Errorf("%s: %v", tt.name, err)
		}
		if tt.refused {
			continue
		}
		if token := next.Header.Get("Authorization") != ""; token != tt.token || next.Header.Get("Referer") != "" {
			t.Errorf("%s: it learns %v", tt.name, next.Header)
		}
	}
}
