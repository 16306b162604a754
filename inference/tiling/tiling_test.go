package tiling_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/tiling"
)

func at(x, y, width, height int) geotiff.Window {
	return geotiff.Window{X: x, Y: y, Width: width, Height: height}
}

func TestTile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		layout        tiling.Layout
		width, height int
		want          []geotiff.Window
	}{
		{tiling.Layout{Side: 4}, 8, 4, []geotiff.Window{at(0, 0, 4, 4), at(4, 0, 4, 4)}},
		{tiling.Layout{Side: 4}, 9, 4, []geotiff.Window{at(0, 0, 4, 4), at(4, 0, 4, 4), at(5, 0, 4, 4)}},
		{tiling.Layout{Side: 4, Overlap: 0.5}, 7, 5, []geotiff.Window{at(0, 0, 4, 4), at(2, 0, 4, 4), at(3, 0, 4, 4), at(0, 1, 4, 4), at(2, 1, 4, 4), at(3, 1, 4, 4)}},
		{tiling.Layout{Side: 10, Overlap: 0.1}, 3, 5, []geotiff.Window{at(0, 0, 3, 5)}},
		{tiling.Layout{Side: 10, Overlap: 0.1}, 19, 10, []geotiff.Window{at(0, 0, 10, 10), at(9, 0, 10, 10)}},
	} {
		t.Run(fmt.Sprint(tt.layout, tt.width, tt.height), func(t *testing.T) {
			t.Parallel()
			across, down := tt.layout.Count(tt.width, tt.height)
			var got []geotiff.Window
			for n := range across * down {
				got = append(got, tt.layout.Tile(tt.width, tt.height, n))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestCovers cuts scenes of many sizes, of which every pixel must be in a tile.
func TestCovers(t *testing.T) {
	t.Parallel()
	for _, layout := range []tiling.Layout{{Side: 7}, {Side: 7, Overlap: 0.1}, {Side: 7, Overlap: 0.9}, {Side: 1}} {
		for width := 1; width < 30; width++ {
			covered := make([]bool, width)
			across, _ := layout.Count(width, 1)
			for n := range across {
				w := layout.Tile(width, 1, n)
				for x := range w.Width {
					covered[w.X+x] = true
				}
			}
			if slices.Contains(covered, false) {
				t.Errorf("%+v leaves out pixels of %d: %v", layout, width, covered)
			}
		}
	}
}
