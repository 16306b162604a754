package indexing

import (
	"context"
	"net/http"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/table"
)

// Show cuts a tile out of its source, at the resolution that the model saw. A picture
// that it saw fast is shown at full size.
func Show(ctx context.Context, client *http.Client, tile *table.Tile, o picture.Options) (*picture.Image, error) {
	metres := 0.0
	o.Enough = [2]int{}
	if tile.GSD != nil {
		metres = *tile.GSD
	}
	source, closeSource, err := open(ctx, client, tile.Source, metres, o)
	if err != nil {
		return nil, err
	}
	defer closeSource()
	x, y := 1.0, 1.0
	if scaled, ok := source.(interface{ Scale() (x, y float64) }); ok {
		x, y = scaled.Scale()
	}
	width, height := source.Size()
	round := func(v int32, scale float64) int { return int(float64(v)/scale + 0.5) }
	w := geotiff.Window{X: round(tile.PixelBBox.X, x), Y: round(tile.PixelBBox.Y, y), Width: round(tile.PixelBBox.Width, x), Height: round(tile.PixelBBox.Height, y)}
	w.Width, w.Height = min(max(w.Width, 1), width), min(max(w.Height, 1), height)
	w.X, w.Y = min(w.X, width-w.Width), min(w.Y, height-w.Height)
	return source.Show(ctx, w)
}
