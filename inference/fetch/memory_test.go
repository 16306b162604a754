package fetch

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestMemoryIsTakenBeforeAFileIsRead gets files of a length that is told, or is
// not, with a cache and without.
func TestMemoryIsTakenBeforeAFileIsRead(t *testing.T) {
	t.Parallel()
	const length, most = 100_000, 200_000
	refusal := errors.New("no room")
	for name, tt := range map[string]struct {
		untold bool
		cache  int
		want   int64
		refuse error
	}{
		"told":                         {want: length},
		"told, and kept":               {cache: 8 * length, want: 6 * length},
		"told, and too large":          {cache: length, want: length},
		"not told":                     {untold: true, want: 2 * most},
		"not told, and kept by no one": {untold: true, cache: 8 * length, want: 2 * most},
		"refused":                      {want: length, refuse: refusal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked := 0
			origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked++
				w.Header().Set("Cache-Control", "max-age=60")
				if !tt.untold {
					w.Header().Set("Content-Length", strconv.Itoa(length))
				}
				_, _ = w.Write(make([]byte, length))
			}))
			t.Cleanup(origin.Close)
			f := New(config.Fetch{AllowedHosts: []string{"127.0.0.1"}, MaxBytes: most}.WithDefaults(), tt.cache)
			for range 2 {
				var taken []int64
				data, _, err := f.GetWithin(t.Context(), origin.URL, func(_ context.Context, bytes int64) error {
					taken = append(taken, bytes)
					return tt.refuse
				})
				if !errors.Is(err, tt.refuse) || err == nil && len(data) != length {
					t.Errorf("%d bytes, %v", len(data), err)
				}
				if len(taken) != 1 || taken[0] != tt.want {
					t.Errorf("took %v, want %d", taken, tt.want)
				}
			}
			if want := map[bool]int{true: 1, false: 2}[tt.want == 6*length]; asked != want {
				t.Errorf("the origin was asked %d times, want %d", asked, want)
			}
		})
	}
}
