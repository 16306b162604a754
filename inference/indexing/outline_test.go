package indexing

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/inference/geotiff"
)

// TestOutline has windows of a scene in degrees that goes over the antimeridian.
func TestOutline(t *testing.T) {
	t.Parallel()
	p := &place{
		inverse:   func(x, y float64) (longitude, latitude float64) { return x, y },
		transform: [6]float64{176, 1, 0, 10, 0, -1}, scaleX: 1, scaleY: 1,
	}
	for name, tt := range map[string]struct {
		window  geotiff.Window
		middle  [2]float64
		corners [][2]float64
	}{
		"before": {geotiff.Window{X: 0, Width: 2, Height: 2}, [2]float64{177, 9}, [][2]float64{{176, 8}, {178, 8}, {178, 10}, {176, 10}}},
		"over":   {geotiff.Window{X: 2, Width: 3, Height: 2}, [2]float64{179.5, 9}, [][2]float64{{178, 8}, {181, 8}, {181, 10}, {178, 10}}},
		"half":   {geotiff.Window{X: 3, Width: 2, Height: 2}, [2]float64{-180, 9}, [][2]float64{{-181, 8}, {-179, 8}, {-179, 10}, {-181, 10}}},
		"behind": {geotiff.Window{X: 6, Width: 2, Height: 2}, [2]float64{-177, 9}, [][2]float64{{-178, 8}, {-176, 8}, {-176, 10}, {-178, 10}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			middle, corners := p.outline(tt.window)
			if middle != tt.middle {
				t.Errorf("the middle is %v, not %v", middle, tt.middle)
			}
			if d := cmp.Diff(tt.corners, corners); d != "" {
				t.Error(d)
			}
		})
	}
}
