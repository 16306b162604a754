package table

import (
	"encoding/binary"
	"math"
	"testing"
)

// TestSplitAtTheAntimeridian has geometries of several boxes. Those of one place over the
// antimeridian are not around the earth.
func TestSplitAtTheAntimeridian(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		boxes []BBox
		want  BBox
	}{
		"split":            {[]BBox{{179, 0, 180, 1}, {-180, 0, -179, 2}}, BBox{179, 0, 181, 2}},
		"the west first":   {[]BBox{{-180, 0, -179, 2}, {179, 0, 180, 1}}, BBox{179, 0, 181, 2}},
		"not split":        {[]BBox{{170, 0, 171, 1}, {-171, 0, -170, 1}}, BBox{-171, 0, 171, 1}},
		"halves":           {[]BBox{{-180, -90, 0, 90}, {0, -90, 180, 90}}, BBox{0, -90, 360, 90}},
		"the whole earth":  {[]BBox{{-180, -90, 180, 90}, {-180, 0, -179, 1}}, BBox{-180, -90, 180, 90}},
		"one is the earth": {[]BBox{{-180, -90, 180, 90}}, BBox{-180, -90, 180, 90}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := binary.LittleEndian.AppendUint32([]byte{1, 6, 0, 0, 0}, uint32(len(tt.boxes))) //nolint:gosec // Few.
			for _, b := range tt.boxes {
				data = append(data, 1, 3, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0)
				for _, v := range []float64{b.XMin, b.YMin, b.XMax, b.YMin, b.XMax, b.YMax, b.XMin, b.YMax, b.XMin, b.YMin} {
					data = binary.LittleEndian.AppendUint64(data, math.Float64bits(v))
				}
			}
			if _, got, err := ParseWKB(data); err != nil || *got != tt.want {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}
