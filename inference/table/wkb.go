package table

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Geometry is a geometry as GeoJSON has it. It has no more than two coordinates a
// corner: others are left out.
type Geometry struct {
	Type        string      `json:"type"`
	Coordinates any         `json:"coordinates,omitempty"`
	Geometries  []*Geometry `json:"geometries,omitempty"` // of a GeometryCollection
}

// Bounds of what is read of a geometry.
const (
	maxWKBDepth = 8
	wkbCorner   = 16 // bytes of a corner's two coordinates
)

// Bits of the type of a geometry as PostGIS writes it.
const (
	ewkbZ    = 0x80000000
	ewkbM    = 0x40000000
	ewkbSRID = 0x20000000
)

// ParseWKB reads a geometry, of either byte order, and the box around it, which is nil
// for one without corners. Format: OGC 06-103r4, 8.2; and the one of PostGIS.
func ParseWKB(data []byte) (*Geometry, *BBox, error) {
	r := &wkbReader{rest: data, box: *Bounds(nil)}
	g, err := r.geometry(0)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("it is no geometry in WKB: %w", err)
	case len(r.rest) > 0:
		return nil, nil, fmt.Errorf("it is no geometry in WKB: %d bytes are left behind it", len(r.rest))
	case r.box.XMin > r.box.XMax:
		return g, nil, nil
	}
	return g, &r.box, nil
}

// wkbReader reads a geometry from the beginning of rest.
type wkbReader struct {
	rest   []byte
	order  binary.ByteOrder
	spare  int // coordinates of a corner beyond the second
	box    BBox
	failed error
}

var errCutOff = errors.New("it is cut off")

// take returns the next bytes, or zeros if there are not so many.
func (r *wkbReader) take(n int) []byte {
	if len(r.rest) < n {
		r.rest, r.failed = nil, errCutOff
		return make([]byte, n)
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

// count reads how many things follow, each of which takes some bytes at least.
func (r *wkbReader) count(least int) int {
	n := int64(r.order.Uint32(r.take(4)))
	if n*int64(least) > int64(len(r.rest)) {
		r.rest, r.failed = nil, errCutOff
		return 0
	}
	return int(n)
}

func (r *wkbReader) corner() (c [2]float64) {
	for i := range c {
		c[i] = math.Float64frombits(r.order.Uint64(r.take(8)))
	}
	r.take(8 * r.spare)
	if r.failed != nil {
		return c
	}
	if math.IsNaN(c[0]) && math.IsNaN(c[1]) {
		return c // A point that is empty.
	}
	if !(math.Abs(c[0]) <= 360 && math.Abs(c[1]) <= 90) {
		r.failed = fmt.Errorf("the corner %v, %v is no longitude and latitude in degrees", c[0], c[1])
	}
	r.box.XMin, r.box.YMin = min(r.box.XMin, c[0]), min(r.box.YMin, c[1])
	r.box.XMax, r.box.YMax = max(r.box.XMax, c[0]), max(r.box.YMax, c[1])
	return c
}

func (r *wkbReader) line() [][2]float64 {
	out := make([][2]float64, r.count(wkbCorner+8*r.spare))
	for i := range out {
		out[i] = r.corner()
	}
	return out
}

func (r *wkbReader) rings() [][][2]float64 {
	out := make([][][2]float64, r.count(4))
	for i := range out {
		out[i] = r.line()
	}
	return out
}

// geometry reads one, with its head.
func (r *wkbReader) geometry(depth int) (*Geometry, error) {
	if depth > maxWKBDepth {
		return nil, errors.New("too many collections are in each other")
	}
	switch order := r.take(1)[0]; {
	case r.failed != nil:
		return nil, r.failed
	case order == 0:
		r.order = binary.BigEndian
	case order == 1:
		r.order = binary.LittleEndian
	default:
		return nil, fmt.Errorf("its first byte is %d, and neither 0 nor 1", order)
	}
	kind := r.order.Uint32(r.take(4))
	if r.spare = 0; kind&ewkbZ != 0 {
		r.spare++
	}
	if kind&ewkbM != 0 {
		r.spare++
	}
	if kind&ewkbSRID != 0 {
		if srid := r.order.Uint32(r.take(4)); srid != 0 && srid != 4326 && r.failed == nil {
			return nil, fmt.Errorf("its coordinates are of EPSG:%d, and not degrees of WGS 84 (4326)", srid)
		}
	}
	kind &^= ewkbZ | ewkbM | ewkbSRID
	if kind > 1000 && kind < 4000 {
		r.spare += []int{0, 1, 1, 2}[kind/1000]
		kind %= 1000
	}
	g := &Geometry{}
	switch kind {
	case 1:
		g.Type, g.Coordinates = "Point", r.corner()
		if c, is := g.Coordinates.([2]float64); is && math.IsNaN(c[0]) {
			g.Coordinates = [0]float64{} // As GeoJSON has a point that is empty.
		}
	case 2:
		g.Type, g.Coordinates = "LineString", r.line()
	case 3:
		g.Type, g.Coordinates = "Polygon", r.rings()
	case 4, 5, 6:
		g.Type = []string{"MultiPoint", "MultiLineString", "MultiPolygon"}[kind-4]
		parts, err := r.parts(depth, []string{"Point", "LineString", "Polygon"}[kind-4])
		if err != nil {
			return nil, err
		}
		coordinates := make([]any, len(parts))
		for i, part := range parts {
			coordinates[i] = part.Coordinates
		}
		g.Coordinates = coordinates
	case 7:
		g.Type = "GeometryCollection"
		var err error
		if g.Geometries, err = r.parts(depth, ""); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("its type is %d, and not 1 to 7", kind)
	}
	return g, r.failed
}

// parts reads the geometries of a collection, of one type if that is not empty.
func (r *wkbReader) parts(depth int, wanted string) ([]*Geometry, error) {
	out := make([]*Geometry, r.count(5))
	boxes := make([]BBox, len(out))
	defer func(before BBox) { r.box = around(append(boxes, before)) }(r.box)
	for i := range out {
		r.box = *Bounds(nil)
		part, err := r.geometry(depth + 1)
		boxes[i] = r.box
		if err != nil {
			return nil, err
		}
		if wanted != "" && part.Type != wanted {
			return nil, fmt.Errorf("a part of it is a %s, and not a %s", part.Type, wanted)
		}
		out[i] = part
	}
	return out, r.failed
}

// around is the box around boxes. If they are those of a geometry that is split at the
// antimeridian, as RFC 7946 wants it (3.1.9), it goes over it.
func around(boxes []BBox) BBox {
	west, east, wide := false, false, false
	for _, b := range boxes {
		west, east = west || b.XMin == -180, east || b.XMax == 180
		wide = wide || b.XMax-b.XMin > 180
	}
	out := *Bounds(nil)
	for _, b := range boxes {
		if west && east && !wide && b.XMax <= 0 {
			b.XMin, b.XMax = b.XMin+360, b.XMax+360
		}
		out.XMin, out.YMin = min(out.XMin, b.XMin), min(out.YMin, b.YMin)
		out.XMax, out.YMax = max(out.XMax, b.XMax), max(out.YMax, b.YMax)
	}
	return out
}
