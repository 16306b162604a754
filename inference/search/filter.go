package search

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-74198975/rsclip/inference/table"
	"github.com/seed-74198975/rsclip/internal/rfc3339"
)

// Filter says which tiles are looked at. All that are set must hold.
type Filter struct {
	// BBox is west, south, east, north in degrees; west is larger than east for a box
	// over the antimeridian. One of six numbers has heights, which are passed over.
	BBox []float64 `json:"bbox,omitempty"`
	// Intersects is a GeoJSON polygon or multipolygon, in degrees.
	Intersects *Geometry `json:"intersects,omitempty"`
	// Datetime is a moment, or an interval such as 2024-01-01T00:00:00Z/.. .
	Datetime string `json:"datetime,omitempty"`
	// CQL2 is an expression of CQL2 JSON over the columns of the table and the
	// properties that it keeps: and, or, not, =, <>, <, <=, >, >=, between, in, like,
	// isNull.
	CQL2 json.RawMessage `json:"cql2,omitempty"`
}

// Geometry is a GeoJSON polygon or multipolygon.
type Geometry struct {
	Type        string          `json:"type"`
	Coordinates json.RawMessage `json:"coordinates"`
	// Others are members that are not read but for crs, which GeoJSON had before RFC 7946:
	// it allows a bbox, and any others.
	Others map[string]jsontext.Value `json:",embed"`
}

// degreesOnly are the names of a crs that says what is so without it.
var degreesOnly = regexp.MustCompile(`(?i)"name"\s*:\s*"[^"]*(CRS84h?|EPSG::?4326)"`)

// Bounds of what a filter may ask, since each is looked at for each tile.
const (
	maxCorners = 10_000
	maxTerms   = 200
	maxDepth   = 20
)

// FilterError is a filter that is not read.
type FilterError struct{ Field, Problem string }

func (e *FilterError) Error() string { return fmt.Sprintf("filter.%s: %s", e.Field, e.Problem) }

func refuse(field, format string, args ...any) error {
	return &FilterError{field, fmt.Sprintf(format, args...)}
}

// predicate tells whether a tile is looked at.
type predicate = func(*table.Tile) bool

// Read checks a filter, and returns what it says of a tile.
func (f Filter) Read() (Wanted, error) {
	var all []predicate
	w := Wanted{Condition: Condition{Op: "and"}}
	if f.BBox != nil {
		box, err := boxOf(f.BBox)
		if err != nil {
			return w, err
		}
		all = append(all, boxFilter(box))
		w.Condition.Args = append(w.Condition.Args, boxCondition(box))
	}
	if f.Intersects != nil {
		p, c, err := f.Intersects.filter()
		if err != nil {
			return w, err
		}
		all = append(all, p)
		w.Condition.Args = append(w.Condition.Args, c, Condition{}) // The polygon itself is not told.
	}
	if f.Datetime != "" {
		p, c, err := timeFilter(f.Datetime)
		if err != nil {
			return w, err
		}
		all = append(all, p)
		w.Condition.Args = append(w.Condition.Args, c)
	}
	if len(f.CQL2) > 0 && string(f.CQL2) != "null" {
		p, c, err := parseCQL2(f.CQL2)
		if err != nil {
			return w, err
		}
		all = append(all, p)
		w.Condition.Args = append(w.Condition.Args, c)
	}
	if len(all) > 0 {
		w.Holds = func(t *table.Tile) bool {
			return !slices.ContainsFunc(all, func(p predicate) bool { return !p(t) })
		}
	}
	return w, nil
}

// boxOf reads a box.
func boxOf(box []float64) (b table.BBox, err error) {
	if len(box) == 6 { // Heights are passed over.
		box = []float64{box[0], box[1], box[3], box[4]}
	}
	if len(box) != 4 || !(box[1] <= box[3]) || slices.ContainsFunc(box, func(v float64) bool { return math.IsNaN(v) || math.Abs(v) > 360 }) || math.Max(math.Abs(box[1]), math.Abs(box[3])) > 90 {
		return b, refuse("bbox", "%v: must be west, south, east and north in degrees, and south no larger than north", box)
	}
	b = table.BBox{XMin: box[0], YMin: box[1], XMax: box[2], YMax: box[3]}
	if b.XMin > b.XMax {
		b.XMax += 360
	}
	return b, nil
}

// boxFilter keeps tiles whose box meets a box.
func boxFilter(wanted table.BBox) predicate {
	return func(t *table.Tile) bool {
		b := t.BBox
		// The box is turned and not the tile, as engines are asked, which round alike.
		return b != nil && b.YMax >= wanted.YMin && b.YMin <= wanted.YMax && slices.ContainsFunc(turns, func(turn float64) bool {
			return b.XMax >= wanted.XMin-turn && b.XMin <= wanted.XMax-turn
		})
	}
}

// turns of the earth: a box over the antimeridian has both 180.1 degrees and -179.9.
var turns = []float64{0, -360, 360}

// around tells whether a box is kept at its longitudes, or a turn of the earth beside
// them.
func around(b *table.BBox, keep func(table.BBox) bool) bool {
	if b == nil {
		return false
	}
	for _, turn := range turns {
		if keep(table.BBox{XMin: b.XMin + turn, YMin: b.YMin, XMax: b.XMax + turn, YMax: b.YMax}) {
			return true
		}
	}
	return false
}

// rounding is more than what turning a box rounds away, in degrees.
const rounding = 1e-9

// ring is a closed line of corners, longitude first.
type ring [][2]float64

// UnmarshalJSON reads a ring of GeoJSON. A height behind longitude and latitude is
// passed over.
func (r *ring) UnmarshalJSON(data []byte) error {
	var corners [][]*float64
	if err := json.Unmarshal(data, &corners); err != nil {
		return err
	}
	for i, c := range corners {
		switch {
		case len(c) != 2 && len(c) != 3 || slices.Contains(c, nil):
			return fmt.Errorf("corner %d is not [longitude, latitude]", i)
		case math.Abs(*c[0]) > 720 || math.Abs(*c[1]) > 90:
			return fmt.Errorf("corner %d is [%v, %v]: longitude comes first, and latitude has at most 90 degrees", i, *c[0], *c[1])
		}
		*r = append(*r, [2]float64{*c[0], *c[1]})
	}
	if n := len(*r); n > 0 && (*r)[0] != (*r)[n-1] {
		return errors.New("a ring is not closed: repeat its first corner at its end")
	}
	return nil
}

// filter keeps tiles whose box meets one of the polygons. The condition keeps those
// that meet a box of their covers.
func (g *Geometry) filter() (predicate, Condition, error) {
	near := Condition{Op: "or"}
	if crs := g.Others["crs"]; crs != nil && crs.Kind() != jsontext.KindNull && !degreesOnly.Match(crs) {
		return nil, near, refuse("intersects", "its crs is %.80q: must be in degrees of WGS 84, longitude first, as RFC 7946 has it", crs)
	}
	var polygons [][]ring
	var err error
	switch g.Type {
	case "Polygon":
		var polygon []ring
		err = json.Unmarshal(g.Coordinates, &polygon)
		polygons = [][]ring{polygon}
	case "MultiPolygon":
		err = json.Unmarshal(g.Coordinates, &polygons)
	default:
		return nil, near, refuse("intersects", "its type is %q: must be Polygon or MultiPolygon", g.Type)
	}
	if err != nil {
		return nil, near, refuse("intersects", "its coordinates are not those of a %s: %v", g.Type, err)
	}
	if len(polygons) == 0 {
		return nil, near, refuse("intersects", "there is no polygon")
	}
	corners := 0
	bounds := make([]*table.BBox, len(polygons))
	for i, polygon := range polygons {
		if len(polygon) == 0 {
			return nil, near, refuse("intersects", "a polygon has no ring")
		}
		for _, r := range polygon {
			if corners += len(r); len(r) < 4 || corners > maxCorners {
				return nil, near, refuse("intersects", "a ring has %d corners: must be 4 or more, and %d together at most", len(r), maxCorners)
			}
		}
		bounds[i] = table.Bounds(polygon[0])
	}
	for _, polygon := range polygons {
		if len(polygons) > coverCells {
			b := table.Bounds(polygon[0])
			near.Args = append(near.Args, boxCondition(table.BBox{XMin: b.XMin - rounding, YMin: b.YMin, XMax: b.XMax + rounding, YMax: b.YMax}))
			continue
		}
		for _, cell := range cover(polygon) {
			cell.XMin, cell.XMax = cell.XMin-rounding, cell.XMax+rounding
			near.Args = append(near.Args, boxCondition(cell))
		}
	}
	return func(t *table.Tile) bool {
		return around(t.BBox, func(b table.BBox) bool {
			for i, polygon := range polygons {
				if o := bounds[i]; b.XMin <= o.XMax && b.XMax >= o.XMin && b.YMin <= o.YMax && b.YMax >= o.YMin && meets(polygon, &b) {
					return true
				}
			}
			return false
		})
	}, near, nil
}

// meets tells whether a polygon and a box have a point in common: an edge of the
// polygon crosses the box or lies in it, or the box is in the polygon and in none of
// its holes.
func meets(polygon []ring, b *table.BBox) bool {
	for _, r := range polygon {
		for i := range len(r) - 1 {
			if crosses(r[i], r[i+1], b) {
				return true
			}
		}
	}
	inside := false
	for _, r := range polygon {
		if contains(r, b.XMin, b.YMin) {
			inside = !inside
		}
	}
	return inside
}

// crosses clips a line by the sides of a box, and tells whether some of it is left.
// Source: Y.-D. Liang and B. A. Barsky, A New Concept and Method for Line Clipping, ACM
// Transactions on Graphics 3 (1984).
func crosses(a, c [2]float64, b *table.BBox) bool {
	from, to := 0.0, 1.0
	dx, dy := c[0]-a[0], c[1]-a[1]
	for _, side := range [][2]float64{{-dx, a[0] - b.XMin}, {dx, b.XMax - a[0]}, {-dy, a[1] - b.YMin}, {dy, b.YMax - a[1]}} {
		switch p, q := side[0], side[1]; {
		case p == 0 && q < 0:
			return false
		case p < 0:
			from = max(from, q/p)
		case p > 0:
			to = min(to, q/p)
		}
	}
	return from <= to
}

// contains tells whether a point is in a ring, by how often a ray crosses it.
func contains(r ring, x, y float64) (inside bool) {
	for i := range len(r) - 1 {
		a, c := r[i], r[i+1]
		if (a[1] > y) != (c[1] > y) && x < (c[0]-a[0])*(y-a[1])/(c[1]-a[1])+a[0] {
			inside = !inside
		}
	}
	return inside
}

// timeFilter keeps tiles that were taken in an interval, both ends included.
func timeFilter(text string) (predicate, Condition, error) {
	wanted := Condition{Op: "and"}
	parts := strings.Split(text, "/")
	if len(parts) == 1 {
		parts = append(parts, parts[0])
	}
	ends := [2]int64{math.MinInt64, math.MaxInt64}
	for i, part := range parts {
		if i > 1 {
			return nil, wanted, refuse("datetime", "%.80q has more than two ends", text)
		}
		if part == ".." || part == "" {
			continue
		}
		t, err := rfc3339.Parse(part)
		if err != nil {
			return nil, wanted, refuse("datetime", "%.80q is no moment of RFC 3339: write 2024-05-01T00:00:00Z, or an interval such as 2024-05-01T00:00:00Z/..", part)
		}
		ends[i] = t.UnixMilli()
		wanted.Args = append(wanted.Args, Condition{Op: []string{">=", "<="}[i], Column: "datetime", Value: float64(ends[i])})
	}
	if len(wanted.Args) == 0 {
		wanted.Args = []Condition{{Op: "not", Args: []Condition{{Op: "isNull", Column: "datetime"}}}}
	}
	if ends[0] > ends[1] {
		return nil, wanted, refuse("datetime", "%.80q ends before it begins", text)
	}
	return func(t *table.Tile) bool { return t.Datetime != nil && ends[0] <= *t.Datetime && *t.Datetime <= ends[1] }, wanted, nil
}
