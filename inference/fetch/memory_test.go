package fetch

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestMemoryIsTakenBeforeAFileIsRead gets files of a length that is told, or is
// not, with a cache and without.
func TestMemoryIsTakenBeforeAFileIsRead(t *testing.T) {
	t.Parallel()
	const small, most = 100_000, 1_000_000
	refusal := errors.New("no room")
	for name, tt := range map[string]struct {
		length int
		untold bool
		cache  int
		want   []int64
		kept   bool
		refuse error
	}{
		"told":                     {length: small, want: []int64{small}},
		"told, and kept":           {length: small, cache: 8 * small, want: []int64{2 * small}, kept: true},
		"told, and too large":      {length: small, cache: small, want: []int64{small}},
		"not told, small":          {length: small, untold: true, want: []int64{3 * smallFile}},
		"not told, large":          {length: 3 * smallFile, untold: true, want: []int64{3 * smallFile, most + 1}},
		"not told, kept by no one": {length: small, untold: true, cache: 8 * small, want: []int64{3 * smallFile}},
		"refused":                  {length: small, want: []int64{small}, refuse: refusal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.Header().Set("Cache-Control", "max-age=60")
				if !tt.untold {
					w.Header().Set("Content-Length", strconv.Itoa(tt.length))
				}
				_, _ = w.Write(make([]byte, tt.length))
			}))
			t.Cleanup(origin.Close)
			f := New(config.Fetch{AllowedHosts: []string{"127.0.0.1"}, MaxBytes: most}.WithDefaults(), tt.cache)
			for range 2 {
				var taken []int64
				data, _, err := f.GetWithin(t.Context(), origin.URL, func(_ context.Context, bytes int64) error {
					taken = append(taken, bytes)
					return tt.refuse
				})
				if !errors.Is(err, tt.refuse) || err == nil && len(data) != tt.length {
					t.Errorf("%d bytes, %v", len(data), err)
				}
				if !slices.Equal(taken, tt.want) {
					t.Errorf("took %v, want %v", taken, tt.want)
				}
			}
			if want := map[bool]int{true: 1, false: 2}[tt.kept]; asked != want {
				t.Errorf("the origin was asked %d times, want %d", asked, want)
			}
		})
	}
}
