package server_test

import (
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/inference/server"
)

// TestOverload counts refusals second by second: letters are requests of a second, r
// refused and t taken on.
func TestOverload(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		seconds []string
		want    time.Duration // at the end of the last second
	}{
		"nothing":                         {nil, 0},
		"all are refused":                 {[]string{"rr", "rr", "rr"}, 3 * time.Second},
		"most are refused":                {[]string{"rrt", "rrt", "rrt", "rrt"}, 4 * time.Second},
		"half are refused":                {[]string{"rt", "rt"}, 0},
		"it ends by a second that serves": {[]string{"rr", "rr", "rtt"}, 0},
		"it ends when nobody asks":        {[]string{"rr", "rr", "", ""}, 0},
		"it begins anew":                  {[]string{"rr", "tt", "rr"}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			note, lasted := server.NewOverload()
			now := time.Unix(1000, 0)
			for _, second := range tt.seconds {
				for _, r := range second {
					note(now, r == 'r')
				}
				now = now.Add(time.Second)
			}
			if got := lasted(now); got != tt.want {
				t.Errorf("it has lasted %v, want %v", got, tt.want)
			}
		})
	}
}
