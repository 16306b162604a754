package geotiff

import "math"

// Georeference is a picture's place on earth.
type Georeference struct {
	// EPSG is the code of the coordinate system, 0 if the file does not name one, and
	// UserDefined if it describes one that has no code.
	EPSG int
	// Projected tells metres or feet from degrees.
	Projected bool
	// Transform turns the corner of a pixel into coordinates, in GDAL's order:
	// x = T[0] + column*T[1] + row*T[2], y = T[3] + column*T[4] + row*T[5].
	Transform [6]float64
}

// UserDefined stands in the place of the code of a system that a file describes by its
// parameters.
const UserDefined = 32767

// Numbers of GeoKeys, and of their values.
const (
	keyModelType     = 1024
	keyRasterType    = 1025
	keyGeographic    = 2048
	keyProjected     = 3072
	keyProjection    = 3074
	keyLinearUnits   = 3076
	modelProjected   = 1
	pixelIsPoint     = 2
	linearMetre      = 9001
	maxGeoKeys       = 1024
	geoKeyHeaderSize = 4 // numbers
)

// utm are the codes of the zones of UTM, by that of their degrees: their number is added.
// Files without the code of the whole name the degrees and the projection apart, whose
// code is 16000 and the zone in the north, and 16100 and the zone in the south.
var utm = map[int]struct{ north, south int }{
	4326: {32600, 32700}, // WGS 84
	4258: {25800, UserDefined},
	4269: {26900, UserDefined},
}

// code is that of the system that keys name.
func code(keys map[int]int, projected bool) int {
	if !projected {
		return keys[keyGeographic]
	}
	if keys[keyProjected] != UserDefined {
		return keys[keyProjected]
	}
	zones, known := utm[keys[keyGeographic]]
	units, said := keys[keyLinearUnits]
	half, zone := keys[keyProjection]/100, keys[keyProjection]%100
	switch {
	case !known || said && units != linearMetre || zone < 1 || zone > 60:
		return UserDefined
	case half == 160:
		return zones.north + zone
	case half == 161 && zones.south != UserDefined:
		return zones.south + zone
	}
	return UserDefined
}

// georeference reads the GeoTIFF tags; nil if there is no transformation.
func (d *directory) georeference() (*Georeference, error) {
	g := &Georeference{}
	scale, err := d.floats(tagPixelScale)
	if err != nil {
		return nil, err
	}
	tie, err := d.floats(tagTiepoint)
	if err != nil {
		return nil, err
	}
	matrix, err := d.floats(tagTransformation)
	if err != nil {
		return nil, err
	}
	switch {
	case len(matrix) >= 8:
		g.Transform = [6]float64{matrix[3], matrix[0], matrix[1], matrix[7], matrix[4], matrix[5]}
	case len(scale) >= 2 && len(tie) >= 6:
		g.Transform = [6]float64{tie[3] - tie[0]*scale[0], scale[0], 0, tie[4] + tie[1]*scale[1], 0, -scale[1]}
	default:
		return nil, nil
	}
	for _, v := range g.Transform {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, nil
		}
	}
	keys, err := d.geoKeys()
	if err != nil {
		return nil, err
	}
	// A model that is user-defined, too, such as ESRI's Web Mercator, is told by its keys.
	_, projected := keys[keyProjected]
	g.Projected = projected || keys[keyModelType] == modelProjected
	g.EPSG = code(keys, g.Projected)
	if keys[keyRasterType] == pixelIsPoint { // The tie point is the middle of a pixel.
		g.Transform[0] -= (g.Transform[1] + g.Transform[2]) / 2
		g.Transform[3] -= (g.Transform[4] + g.Transform[5]) / 2
	}
	return g, nil
}

// geoKeys returns the GeoKeys whose values are in their directory.
func (d *directory) geoKeys() (map[int]int, error) {
	values, err := d.all(tagGeoKeys)
	if err != nil || len(values) < geoKeyHeaderSize {
		return nil, err
	}
	keys := make(map[int]int)
	for at := geoKeyHeaderSize; at+4 <= len(values) && len(keys) < maxGeoKeys; at += 4 {
		if values[at+1] == 0 { // Stored here, not in another tag.
			keys[int(values[at])] = int(values[at+3]) //nolint:gosec // 16-bit numbers.
		}
	}
	return keys, nil
}

// PixelSize returns the width and height of a pixel, in units of the coordinate
// system.
func (g *Georeference) PixelSize() (width, height float64) {
	return math.Hypot(g.Transform[1], g.Transform[4]), math.Hypot(g.Transform[2], g.Transform[5])
}
