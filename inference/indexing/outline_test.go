package indexing

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-74198975/rsclip/inference/geotiff"
	"github.com/seed-74198975/rsclip/inference/projection"
	"github.com/seed-74198975/rsclip/inference/table"
)

// TestOutlineOfAnyScene has scenes of zones that the antimeridian cuts, and scenes that
// are turned.
func TestOutlineOfAnyScene(t *testing.T) {
	t.Parallel()
	wrapped := func(x, y float64) (longitude, latitude float64) { return math.Remainder(x, 360), y }
	plain := func(x, y float64) (longitude, latitude float64) { return x, y }
	for name, tt := range map[string]struct {
		inverse   projection.Inverse
		transform [6]float64
		want      table.BBox
	}{
		"over the antimeridian":          {wrapped, [6]float64{179, 1, 0, 10, 0, -1}, table.BBox{XMin: -181, YMin: 8, XMax: -179, YMax: 10}},
		"over it from the west":          {wrapped, [6]float64{178.5, 1, 0, 10, 0, -1}, table.BBox{XMin: 178.5, YMin: 8, XMax: 180.5, YMax: 10}},
		"from the antimeridian on":       {wrapped, [6]float64{180, 1, 0, 10, 0, -1}, table.BBox{XMin: -180, YMin: 8, XMax: -178, YMax: 10}},
		"up to it":                       {wrapped, [6]float64{178, 1, 0, 10, 0, -1}, table.BBox{XMin: 178, YMin: 8, XMax: 180, YMax: 10}},
		"south is up":                    {plain, [6]float64{10, 1, 0, 8, 0, 1}, table.BBox{XMin: 10, YMin: 8, XMax: 12, YMax: 10}},
		"east is on the left":            {plain, [6]float64{12, -1, 0, 10, 0, -1}, table.BBox{XMin: 10, YMin: 8, XMax: 12, YMax: 10}},
		"turned by a quarter":            {plain, [6]float64{10, 0, 1, 8, 1, 0}, table.BBox{XMin: 10, YMin: 8, XMax: 12, YMax: 10}},
		"the whole earth":                {plain, [6]float64{-180, 180, 0, 90, 0, -90}, table.BBox{XMin: -180, YMin: -90, XMax: 180, YMax: 90}},
		"the whole earth from Greenwich": {plain, [6]float64{0, 180, 0, 90, 0, -90}, table.BBox{XMin: -360, YMin: -90, XMax: 0, YMax: 90}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &place{inverse: tt.inverse, transform: tt.transform, scaleX: 1, scaleY: 1}
			_, corners := p.outline(geotiff.Window{Width: 2, Height: 2})
			if d := cmp.Diff(&tt.want, table.Bounds(corners)); d != "" {
				t.Error(d)
			}
			area := 0.0
			for i, a := range corners {
				b := corners[(i+1)%4]
				area += (a[0]*b[1] - b[0]*a[1]) / 2
			}
			if want := (tt.want.XMax - tt.want.XMin) * (tt.want.YMax - tt.want.YMin); math.Abs(area-want) > 1e-6 {
				t.Errorf("the corners %v hold %v, want %v counterclockwise", corners, area, want)
			}
		})
	}
}

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
