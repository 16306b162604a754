// Package projection turns the coordinates of scenes into longitude and latitude of
// WGS 84. It knows the systems that satellite scenes come in: UTM and degrees on any
// datum that is near WGS 84, and Web Mercator. It does not warp pictures.
package projection

import (
	_ "embed" // of systems.csv
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
)

// ErrUnknown reports a coordinate system that is not known here.
var ErrUnknown = errors.New("unknown coordinate system")

// Inverse turns coordinates into degrees of WGS 84, longitude first.
type Inverse func(x, y float64) (longitude, latitude float64)

// The ellipsoid of WGS 84. That of GRS 80, which other datums have, differs from it by a
// tenth of a millimetre at the poles.
const (
	radius            = 6378137 // metres
	inverseFlattening = 298.257223563
)

// system is a range of EPSG codes: those of degrees, or of zones of UTM behind each other.
type system struct {
	first, last int // EPSG codes
	zone        int // of the first; 0 for degrees
	south       bool
	easting     float64 // of the meridian, in metres: some systems put the zone before it
}

// systemsCSV names systems whose datum is within two metres of WGS 84, and is taken for
// it. oracle/projection.py writes it from the EPSG Geodetic Parameter Dataset.
//
//go:embed systems.csv
var systemsCSV string

// systems are those of the table, by their codes.
var systems = sync.OnceValue(func() (out []system) {
	for _, line := range strings.Split(strings.TrimSpace(systemsCSV), "\n")[1:] {
		var s system
		var south int
		if _, err := fmt.Sscanf(line, "%d,%d,%d,%d,%g,", &s.first, &s.last, &s.zone, &south, &s.easting); err != nil {
			panic(fmt.Errorf("systems.csv: %q: %w", line, err))
		}
		s.south = south == 1
		out = append(out, s)
	}
	return out
})

// ToWGS84 returns the way from the system of an EPSG code. Codes that are not known
// are an error that says how to warp the file.
func ToWGS84(epsg int) (Inverse, error) {
	if epsg == 3857 {
		return webMercator, nil
	}
	for _, s := range systems() {
		switch {
		case epsg < s.first || epsg > s.last:
		case s.zone == 0:
			return func(x, y float64) (float64, float64) { return x, y }, nil
		default:
			return s.transverseMercator(s.zone + epsg - s.first), nil
		}
	}
	return nil, fmt.Errorf("%w: EPSG:%d is neither UTM nor degrees on a datum near WGS 84, nor Web Mercator: warp the file with gdalwarp -t_srs EPSG:4326", ErrUnknown, epsg)
}

// webMercator takes the earth for a sphere, as EPSG:3857 does.
func webMercator(x, y float64) (longitude, latitude float64) {
	return degrees(x / radius), degrees(math.Atan(math.Sinh(y / radius)))
}

func degrees(radians float64) float64 { return radians * 180 / math.Pi }

// transverseMercator undoes the projection of a zone of UTM. The series is Krüger's to
// the sixth order of the flattening, exact to nanometres within a zone.
// Source: C. F. F. Karney, Transverse Mercator with an accuracy of a few nanometers,
// J. Geodesy 85 (2011), equations 7 to 21, 25 and 36.
func (s system) transverseMercator(zone int) Inverse {
	const scale = 0.9996
	falseNorthing := 0.0
	if s.south {
		falseNorthing = 10_000_000
	}
	meridian := float64(6*zone - 183)
	f := 1 / inverseFlattening
	n := f / (2 - f)
	n2, n3, n4, n5, n6 := n*n, n*n*n, n*n*n*n, n*n*n*n*n, n*n*n*n*n*n
	rectifying := radius / (1 + n) * (1 + n2/4 + n4/64 + n6/256)
	beta := [...]float64{
		n/2 - 2*n2/3 + 37*n3/96 - n4/360 - 81*n5/512 + 96199*n6/604800,
		n2/48 + n3/15 - 437*n4/1440 + 46*n5/105 - 1118711*n6/3870720,
		17*n3/480 - 37*n4/840 - 209*n5/4480 + 5569*n6/90720,
		4397*n4/161280 - 11*n5/504 - 830251*n6/7257600,
		4583*n5/161280 - 108847*n6/3991680,
		20648693 * n6 / 638668800,
	}
	e1 := math.Sqrt(f * (2 - f)) // the first eccentricity
	return func(x, y float64) (longitude, latitude float64) {
		xi, eta := (y-falseNorthing)/(scale*rectifying), (x-s.easting)/(scale*rectifying)
		xi0, eta0 := xi, eta
		for j, b := range beta {
			k := 2 * float64(j+1)
			xi0 -= b * math.Sin(k*xi) * math.Cosh(k*eta)
			eta0 -= b * math.Cos(k*xi) * math.Sinh(k*eta)
		}
		conformal := math.Sin(xi0) / math.Hypot(math.Sinh(eta0), math.Cos(xi0))
		longitude = meridian + degrees(math.Atan2(math.Sinh(eta0), math.Cos(xi0)))
		if longitude < -180 {
			longitude += 360
		} else if longitude >= 180 {
			longitude -= 360
		}
		return longitude, degrees(math.Atan(geodetic(conformal, e1)))
	}
}

// geodetic finds the tangent of a latitude from that of its conformal latitude, by
// Newton's method, which is exact after two or three steps.
func geodetic(conformal, e1 float64) float64 {
	tau := conformal
	for range 5 {
		sigma := math.Sinh(e1 * math.Atanh(e1*tau/math.Hypot(1, tau)))
		now := tau*math.Hypot(1, sigma) - sigma*math.Hypot(1, tau)
		tau += (conformal - now) / math.Hypot(1, now) * (1 + (1-e1*e1)*tau*tau) / ((1 - e1*e1) * math.Hypot(1, tau))
	}
	return tau
}
