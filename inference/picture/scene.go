package picture

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/seed-74198975/rsclip/inference/geotiff"
)

// Scene is an open TIFF that is shown window by window, at one of its resolutions.
type Scene struct {
	// Georeference is the scene's place on earth at full resolution, nil for none.
	Georeference *geotiff.Georeference
	// FullWidth and FullHeight are those of full resolution.
	FullWidth, FullHeight int

	file    *geotiff.File
	level   *geotiff.Image
	options Options
	ranges  []Range
}

// Sampling of the percentiles of a scene: so many pixels, at least, of the smallest
// overview that has them; of a scene without overviews windows that lie evenly.
const (
	sampledPixels  = 512 * 512
	sampledSide    = 256
	sampledWindows = 64
)

// OpenScene opens a TIFF of some bytes. If metres is not 0, it is shown by the
// overview whose pixels are the largest that are no larger than that, and at full
// resolution if there is none. Deep bands of all windows are stretched alike, by
// percentiles of the scene.
func OpenScene(ctx context.Context, r io.ReaderAt, size int64, metres float64, o Options) (*Scene, error) {
	f, err := geotiff.Open(r, size)
	if err != nil {
		return nil, fmt.Errorf("opening TIFF: %w", err)
	}
	s := &Scene{file: f, level: f.Main, options: o, Georeference: f.Main.Georeference, FullWidth: f.Main.Width, FullHeight: f.Main.Height}
	if metres != 0 {
		if s.Georeference == nil {
			return nil, fmt.Errorf("%w: it has no place on earth, so %v m cannot be found in it: leave out the resolution", ErrUnsupported, metres)
		}
		for _, overview := range f.Overviews { // The largest first.
			if s.pixelMetres()*float64(f.Main.Width)/float64(overview.Width) <= metres*1.001 {
				s.level = overview
			}
		}
	}
	if err := checkChunks(s.level, o); err != nil && s.level.ChunkBytes() > maxUnpacked*DefaultMaxPixels {
		return nil, err
	}
	if o.stretches(s.level) {
		if s.ranges, err = s.sample(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// sample finds by which values the scene's bands are stretched.
func (s *Scene) sample(ctx context.Context) ([]Range, error) {
	from := s.level
	for _, overview := range s.file.Overviews {
		if overview.Width*overview.Height >= sampledPixels && overview.Width < from.Width {
			from = overview
		}
	}
	windows := []geotiff.Window{from.Window()}
	if from.Width*from.Height > sampledWindows*sampledSide*sampledSide {
		windows = nil
		across := int(math.Sqrt(sampledWindows))
		for n := range sampledWindows {
			windows = append(windows, geotiff.Window{
				X: n % across * max(0, from.Width-sampledSide) / (across - 1), Y: n / across * max(0, from.Height-sampledSide) / (across - 1),
				Width: min(sampledSide, from.Width), Height: min(sampledSide, from.Height),
			})
		}
	}
	image, err := showTIFF(ctx, s.file, from, s.options, nil, windows...)
	if err != nil {
		return nil, fmt.Errorf("decoding TIFF: %w", err)
	}
	defer image.Release()
	return image.Stretched, nil
}

// Size is the scene's at the resolution that is shown, in pixels.
func (s *Scene) Size() (width, height int) { return s.level.Width, s.level.Height }

// Scale is how many pixels of full resolution a pixel that is shown has along each
// side.
func (s *Scene) Scale() (x, y float64) {
	return float64(s.FullWidth) / float64(s.level.Width), float64(s.FullHeight) / float64(s.level.Height)
}

// Metres is the side of a pixel that is shown, 0 if the scene has no place on earth.
func (s *Scene) Metres() float64 {
	x, _ := s.Scale()
	return s.pixelMetres() * x
}

// pixelMetres is the side of a pixel of full resolution.
func (s *Scene) pixelMetres() float64 {
	g := s.Georeference
	if g == nil {
		return 0
	}
	width, _ := g.PixelSize()
	middle := g.Transform[3] + g.Transform[5]*float64(s.FullHeight)/2
	switch {
	case g.EPSG == 3857: // Web Mercator stretches what is far from the equator.
		return width / math.Cosh(middle/6_378_137)
	case g.Projected:
		return width
	}
	const metresPerDegree = 111_320 // of longitude, at the equator
	return width * metresPerDegree * math.Cos(middle*math.Pi/180)
}

// Show shows a window of the scene, in pixels of the resolution that is shown.
func (s *Scene) Show(ctx context.Context, w geotiff.Window) (*Image, error) {
	image, err := showTIFF(ctx, s.file, s.level, s.options, s.ranges, w)
	if err != nil {
		return nil, fmt.Errorf("decoding TIFF: %w", err)
	}
	return image, nil
}
