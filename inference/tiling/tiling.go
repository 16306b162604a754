// Package tiling cuts scenes into tiles of one size.
package tiling

import "github.com/seed-74198975/rsclip/inference/geotiff"

// Layout is how a scene is cut.
type Layout struct {
	// Side is that of a tile, in pixels.
	Side int
	// Overlap is the share of a tile that it has in common with the next one, from 0
	// to below 1.
	Overlap float64
}

// step is how far it is from one tile to the next.
func (l Layout) step() int { return max(1, l.Side-int(float64(l.Side)*l.Overlap+0.5)) }

// Count returns how many tiles a scene has across and down.
func (l Layout) Count(width, height int) (across, down int) {
	return l.along(width), l.along(height)
}

// along returns how many tiles lie side by side on a length. All of it is covered:
// the last tile is shifted so that it ends at the border.
func (l Layout) along(length int) int {
	if length <= l.Side {
		return 1
	}
	step := l.step()
	return 1 + (length-l.Side+step-1)/step
}

// Tile returns the n-th tile of a scene, row by row from the top. A scene that is
// smaller than a tile is one tile as large as itself.
func (l Layout) Tile(width, height, n int) geotiff.Window {
	across, _ := l.Count(width, height)
	w := geotiff.Window{Width: min(l.Side, width), Height: min(l.Side, height)}
	w.X = min(n%across*l.step(), width-w.Width)
	w.Y = min(n/across*l.step(), height-w.Height)
	return w
}
